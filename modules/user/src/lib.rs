//! The user module: accounts, credentials, sessions, tokens and keys.
//! Everything but this door is private.

mod entity;
mod error;
mod http;
mod service;
mod store;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use actix_web::web;
use contracts::user::UserApi;
use database::Database;
use kernel::{Ambient, Operation, SecretString};

pub use error::Error;
pub use http::routes;
pub use service::{NewAccount, Settings};

use rest::Routes;
use service::Service;

/// The name of the module in tables, events and configuration.
pub const NAME: &str = "user";

/// The module, ready to be mounted.
#[derive(Clone)]
pub struct User {
    service: Arc<Service>,
}

impl User {
    /// Opens the module on its migrated database; makes the first signing key when there is none.
    ///
    /// # Errors
    /// When the database fails or the master key does not open the stored signing keys.
    pub async fn new(
        database: Database,
        ambient: Ambient,
        settings: Settings,
    ) -> Result<Self, Error> {
        let service = Service::new(database, ambient, settings).await?;
        Ok(Self {
            service: Arc::new(service),
        })
    }

    /// What the other modules may ask.
    pub fn api(&self) -> Arc<dyn UserApi> {
        Arc::clone(&self.service) as Arc<dyn UserApi>
    }

    /// Adds the module's routes.
    pub fn configure(&self, config: &mut impl Routes) {
        config.app_data(web::Data::from(Arc::clone(&self.service)));
        http::routes(config);
    }

    /// The public keys as a JWK set (RFC 7517).
    pub fn key_set(&self) -> serde_json::Value {
        self.service.key_set()
    }

    /// Creates an account with any roles: the operator's way in.
    ///
    /// # Errors
    /// When a field breaks a rule or the name or address is taken.
    pub async fn create(
        &self,
        operation: &Operation,
        account: NewAccount,
    ) -> Result<kernel::UserId, Error> {
        self.service.create(operation, account).await
    }

    /// Deletes the sessions that have been over for a month and the login delays that have been
    /// over for a day; returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sweep(&self) -> Result<u64, Error> {
        self.service.sweep().await
    }

    /// A one-time token that makes the first administrator; `None` when there is one already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn setup_token(&self) -> Result<Option<SecretString>, Error> {
        self.service.issue_setup_token().await
    }
}
