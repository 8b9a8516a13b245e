//! The user module: accounts, credentials, sessions, tokens and keys.
//! Everything but this door is private.

mod command;
mod entity;
mod error;
mod http;
mod purpose;
mod reactions;
mod schema;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod view;
mod visibility;

use std::sync::Arc;

use actix_web::web;
use bus::Subscription;
use contracts::user::UserApi;
use database::Database;
use database::saga::{Saga, SagaStep};
use kernel::{Ambient, Operation, SagaId, SecretString};

pub use error::Error;
pub use http::routes;
pub use reactions::TYPES as LISTENS_TO;
pub use service::{
    AuditVerdict, KeyState, KeyView, NewAccount, ProviderKind, ProviderSettings, RegistrationMode,
    Settings, check_breached_passwords,
};

use rest::Routes;
use service::Service;

/// The name of the module in tables, events and configuration.
pub const NAME: &str = "user";

/// The module, ready to be mounted.
#[derive(Clone)]
pub struct User {
    service: Arc<Service>,
    database: Database,
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
        let service = Service::new(database.clone(), ambient, settings).await?;
        Ok(Self {
            service: Arc::new(service),
            database,
        })
    }

    /// Whether the database holds something that only its master key opens.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_secrets(database: &Database) -> Result<bool, Error> {
        Ok(!store::keys::list(database.read()).await?.is_empty())
    }

    /// What the other modules may ask.
    pub fn api(&self) -> Arc<dyn UserApi> {
        Arc::clone(&self.service) as Arc<dyn UserApi>
    }

    /// What the module listens to.
    pub fn subscription(&self) -> Subscription {
        Subscription {
            consumer: NAME,
            database: self.database.clone(),
            types: reactions::TYPES,
            handler: Arc::new(reactions::Reactions(Arc::clone(&self.service))),
        }
    }

    /// Adds the module's routes.
    pub fn configure(&self, config: &mut impl Routes) {
        config.app_data(web::Data::from(Arc::clone(&self.service)));
        http::routes(config);
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

    /// Takes the second factor away from who logs in as `login`, a username or an address: for
    /// people who have lost it, once the operator has made sure that it is them.
    ///
    /// # Errors
    /// When nobody logs in like that or there is no second factor.
    pub async fn remove_factor(&self, operation: &Operation, login: &str) -> Result<(), Error> {
        self.service.remove_factor_of_login(operation, login).await
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

    /// Begins the exports and erasures that are due, asks again where a module did not answer, and
    /// gives up what took too long; returns how many it looked after.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tend_sagas(&self) -> Result<u64, Error> {
        self.service.tend_sagas().await
    }

    /// The newest exports and erasures, the last one first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sagas(&self) -> Result<Vec<Saga>, Error> {
        self.service.sagas().await
    }

    /// An export or erasure with the steps that are done.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn saga(&self, id: SagaId) -> Result<Option<(Saga, Vec<SagaStep>)>, Error> {
        self.service.saga(id).await
    }

    /// Lets a failed export or erasure try its step again; returns whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retry_saga(&self, operation: &Operation, id: SagaId) -> Result<bool, Error> {
        self.service.retry_saga(operation, id).await
    }

    /// Deletes the sessions that have been over for a month, the exports of a week ago and the
    /// login delays that have been over for a day; returns how many.
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
