//! The user module: accounts, credentials, sessions, tokens and keys.
//! Everything but this door is private.

mod accounts;
mod audit;
mod authenticators;
mod console;
mod contract;
mod credentials;
mod domain;
mod entity;
mod error;
mod events;
mod federation;
mod identities;
mod mfa;
mod one_time_tokens;
mod privacy;
mod revocation;
mod schema;
mod sealing;
mod sessions;
mod settings;
mod signing_keys;
#[cfg(test)]
mod tests;
mod turns;
mod users;
mod verification;

use std::sync::Arc;

use actix_web::web::Data;
use bus::Subscription;
use contracts::user::UserApi;
use database::Database;
use database::saga::{Saga, SagaStep};
use kernel::{Env, Operation, SagaId, SecretString};
use rest::Routes;

use contract::Contract;
use credentials::PasswordHasher;
use domain::{Demands, MODULE};
use events::EventHandlers;
use sealing::MasterKey;
use signing_keys::{CredentialSigner, KeyRing};
use turns::Turns;

pub use accounts::NewAccount;
pub use audit::AuditVerification;
pub use credentials::check_breached_passwords;
pub use domain::{MODULE as NAME, RegistrationMode};
pub use error::Error;
pub use events::TYPES as LISTENS_TO;
pub use federation::{ProviderCheck, ProviderKind, ProviderSettings, RoleRule, check_providers};
pub use settings::Settings;
pub use signing_keys::{KeyState, KeyView};

/// The module, ready to be mounted.
#[derive(Clone)]
pub struct User {
    database: Database,
    api: Arc<dyn UserApi>,
    audit: Arc<audit::Service>,
    keys: Arc<signing_keys::Service>,
    sessions: Arc<sessions::Service>,
    credentials: Arc<credentials::Service>,
    accounts: Arc<accounts::Service>,
    mfa: Arc<mfa::Service>,
    federation: Arc<federation::Service>,
    verification: Arc<verification::Service>,
    privacy: Arc<privacy::Service>,
}

impl User {
    /// Opens the module on its migrated database; makes the first signing key when there is none.
    ///
    /// # Errors
    /// When the database fails or the master key does not open the stored signing keys.
    pub async fn new(database: Database, env: Env, settings: Settings) -> Result<Self, Error> {
        let demands = Demands {
            verified_email: settings.registration == RegistrationMode::Verified,
        };
        let issuer = settings.token.issuer.clone();
        let master_key = MasterKey::new(settings.master_key);
        let turns = Turns::default();
        let is_new = !Self::has_secrets(&database).await?;
        let audit = audit::Service::open(database.clone(), env.clone(), master_key.clone(), is_new);
        let audit = Arc::new(audit.await?);
        let ring = KeyRing::open(database.clone(), env.clone(), master_key.clone()).await?;
        let hasher = PasswordHasher::new(settings.hash_concurrency, &env)?;
        let providers = federation::open(&settings.providers, &issuer, &settings.ca_pem, &env)?;

        let tokens = Arc::new(one_time_tokens::Service::new(
            database.clone(),
            env.clone(),
            master_key.clone(),
            audit.clone(),
            settings.account_url,
        ));
        let authenticators = Arc::new(authenticators::Service::new(
            env.clone(),
            master_key.clone(),
            audit.clone(),
            settings.mfa_roles,
        ));
        let keys = Arc::new(signing_keys::Service::new(
            database.clone(),
            env.clone(),
            audit.clone(),
            ring.clone(),
            authenticators.clone(),
            tokens.clone(),
            settings.token.lifetime,
            settings.key_rotation,
        ));
        let sessions = Arc::new(sessions::Service::new(
            database.clone(),
            env.clone(),
            master_key.clone(),
            audit.clone(),
            ring.clone(),
            authenticators.clone(),
            turns.clone(),
            sessions::Lifetimes {
                policy: settings.token,
                idle: settings.session_idle,
                absolute: settings.session_absolute,
            },
            demands,
        ));
        let revocation = Arc::new(revocation::Service::new(
            env.clone(),
            sessions.clone(),
            authenticators.clone(),
        ));
        let credentials = Arc::new(credentials::Service::new(
            database.clone(),
            env.clone(),
            audit.clone(),
            tokens.clone(),
            sessions.clone(),
            revocation.clone(),
            hasher,
            turns.clone(),
            settings.breached_passwords,
        ));
        let accounts = Arc::new(accounts::Service::new(
            database.clone(),
            env.clone(),
            audit.clone(),
            tokens.clone(),
            sessions.clone(),
            revocation.clone(),
            credentials.clone(),
            turns.clone(),
            settings.registration,
        ));
        let mfa = Arc::new(mfa::Service::new(
            database.clone(),
            env.clone(),
            audit.clone(),
            authenticators,
            sessions.clone(),
            revocation.clone(),
            credentials.clone(),
        ));
        let federation = Arc::new(federation::Service::new(
            database.clone(),
            env.clone(),
            master_key,
            audit.clone(),
            tokens.clone(),
            sessions.clone(),
            revocation.clone(),
            accounts.clone(),
            turns,
            federation::Policy {
                providers,
                return_urls: settings.return_urls,
                is_secure: issuer.starts_with("https://"),
                registration: settings.registration,
            },
        ));
        let privacy = Arc::new(privacy::Service::new(
            database.clone(),
            env.clone(),
            audit.clone(),
            tokens.clone(),
            sessions.clone(),
            revocation.clone(),
        ));
        let verification = Arc::new(verification::Service::new(
            database.clone(),
            env,
            audit.clone(),
            tokens.clone(),
            sessions.clone(),
            revocation,
            credentials.clone(),
            accounts.clone(),
            privacy.clone(),
        ));
        let signer = CredentialSigner::new(ring.clone(), issuer);
        let contract = Contract::new(database.clone(), ring, signer, tokens, sessions.clone());
        Ok(Self {
            database,
            api: Arc::new(contract),
            audit,
            keys,
            sessions,
            credentials,
            accounts,
            mfa,
            federation,
            verification,
            privacy,
        })
    }

    /// Whether the database holds something that only its master key opens.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_secrets(database: &Database) -> Result<bool, Error> {
        Ok(!signing_keys::list(database.read()).await?.is_empty())
    }

    /// The API for the other modules.
    pub fn api(&self) -> Arc<dyn UserApi> {
        Arc::clone(&self.api)
    }

    /// What the module listens to.
    pub fn subscription(&self) -> Subscription {
        Subscription {
            intake: bus::Intake::default(),
            consumer: MODULE,
            database: self.database.clone(),
            types: events::TYPES,
            handler: Arc::new(EventHandlers {
                privacy: self.privacy.clone(),
            }),
        }
    }

    /// Adds the module's routes.
    pub fn configure(&self, config: &mut impl Routes) {
        config
            .app_data(Data::from(self.audit.clone()))
            .app_data(Data::from(self.sessions.clone()))
            .app_data(Data::from(self.credentials.clone()))
            .app_data(Data::from(self.accounts.clone()))
            .app_data(Data::from(self.mfa.clone()))
            .app_data(Data::from(self.federation.clone()))
            .app_data(Data::from(self.verification.clone()))
            .app_data(Data::from(self.privacy.clone()));
        routes(config);
    }

    /// All signing keys that there ever were, the one that signs last comes first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keys(&self) -> Result<Vec<KeyView>, Error> {
        self.keys.list().await
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
        self.keys.rotate(operation, emergency).await
    }

    /// Reads the signing keys again and rotates them when they are due; returns whether they were.
    ///
    /// # Errors
    /// When the database or the cryptography fails.
    pub async fn rotate_due_keys(&self) -> Result<bool, Error> {
        self.keys.rotate_due().await
    }

    /// Seals with `key` all that the master key has sealed; the old one opens nothing from then on.
    ///
    /// # Errors
    /// When the database fails or the audit log is not as it was written; nothing has changed then.
    pub async fn replace_master_key(&self, by: &Operation, key: SecretString) -> Result<(), Error> {
        self.keys.replace_master_key(by, key).await
    }

    /// Walks the audit log and names the first row that is not as it was written.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn verify_audit(&self) -> Result<AuditVerification, Error> {
        self.audit.verify().await
    }

    /// Passwords that are hashed or wait for it, how many may at most, and how many callers were
    /// rejected since the start.
    pub fn hash_queue(&self) -> (usize, usize, u64) {
        self.credentials.hash_queue()
    }

    /// Begins the exports and erasures that are due, repeats requests that a module did not answer, and
    /// gives up what took too long; returns how many it looked after.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn run_due_sagas(&self) -> Result<u64, Error> {
        self.privacy.run_due().await
    }

    /// The newest exports and erasures, the last one first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sagas(&self) -> Result<Vec<Saga>, Error> {
        self.privacy.list().await
    }

    /// An export or erasure with the steps that are done.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn saga(&self, id: SagaId) -> Result<Option<(Saga, Vec<SagaStep>)>, Error> {
        self.privacy.find(id).await
    }

    /// Lets a failed export or erasure try its step again; returns whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retry_saga(&self, operation: &Operation, id: SagaId) -> Result<bool, Error> {
        self.privacy.retry(operation, id).await
    }

    /// Deletes the sessions that have been over for a month, the exports of a week ago and the
    /// login delays that have been over for a day; returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sweep(&self) -> Result<u64, Error> {
        self.privacy.sweep().await
    }

    /// A one-time token that makes the first administrator; `None` when there is one already.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn setup_token(&self) -> Result<Option<SecretString>, Error> {
        self.accounts.issue_setup_token().await
    }
}

/// The module's endpoints. Fixed words come before an id that would swallow them.
pub fn routes(config: &mut impl Routes) {
    audit::routes(config);
    credentials::routes(config);
    sessions::routes(config);
    mfa::routes(config);
    federation::routes(config);
    verification::routes(config);
    privacy::routes(config);
    accounts::routes(config);
}
