//! The user module: accounts, credentials, sessions, tokens and keys.
//! Everything but this door is private.

mod entity;
mod error;
mod http;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod visibility;

use std::sync::Arc;

use actix_web::web;
use contracts::user::UserApi;
use database::Database;
use kernel::{Ambient, Operation, SecretString};

pub use error::Error;
pub use http::routes;
pub use service::{
    AuditVerdict, KeyState, KeyView, NewAccount, ProviderKind, ProviderSettings, RegistrationMode,
    Settings,
};

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

    /// All signing keys that there ever were, the one that signs last comes first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keys(&self) -> Result<Vec<KeyView>, Error> {
        self.service.keys().await
    }

    /// Makes a new signing key. In an `emergency` it signs at once and no older one counts.
    ///
    /// # Errors
    /// When the database or the cryptography fails.
    pub async fn rotate_keys(
        &self,
        operation: &Operation,
        emergency: bool,
    ) -> Result<KeyView, Error> {
        self.service.rotate_keys(operation, emergency).await
    }

    /// Reads the signing keys again and rotates them when they are due; returns whether they were.
    ///
    /// # Errors
    /// When the database or the cryptography fails.
    pub async fn tend_keys(&self) -> Result<bool, Error> {
        self.service.rotate_old_keys().await
    }

    /// Walks the audit log and names the first row that is not as it was written.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn verify_audit(&self) -> Result<AuditVerdict, Error> {
        self.service.verify_audit().await
    }

    /// Passwords that are hashed or wait for it, how many may at most, and how many callers were
    /// told to come back since the start.
    pub fn hash_queue(&self) -> (usize, usize, u64) {
        let lane = self.service.lane();
        (lane.queued(), lane.capacity(), lane.refused())
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
