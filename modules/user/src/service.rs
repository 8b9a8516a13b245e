//! The rules of accounts; each method begins, decides, tells and commits in plain sight.

mod accounts;
mod addresses;
mod admin;
mod admission;
mod api_tokens;
mod archive;
mod audit;
mod avatar;
mod breached;
mod codes;
mod contract;
mod email;
mod erasure;
mod export;
mod hashing;
mod identities;
mod invitations;
mod keys;
mod login;
mod mfa;
mod outgoing;
mod password;
mod passwords;
mod proofs;
mod providers;
mod refresh;
mod registration;
mod sagas;
mod sealing;
mod sessions;
mod setup;
mod sign_in;
mod throttle;
mod tokens;

use std::path::PathBuf;
use std::time::Duration;

use database::Database;
use kernel::{Ambient, Role, SecretString, SessionId};
use moka::sync::Cache;
use rest::TokenPolicy;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Error;
use admission::Demands;
use hashing::HashLane;
use keys::KeyRing;
use providers::Provider;
use sealing::{MasterKey, broken};

pub use accounts::NewAccount;
pub(crate) use admin::{AdminChange, PeopleFilter};
pub(crate) use api_tokens::NewApiToken;
pub use audit::AuditVerdict;
pub use breached::check_breached_passwords;
pub(crate) use erasure::read_counts;
pub(crate) use export::EXPORT_LIFETIME;
pub use keys::{KeyState, KeyView};
pub(crate) use login::{Credentials, LoggedIn};
pub(crate) use mfa::{Again, Enrolment};
pub use providers::{ProviderKind, ProviderSettings};
pub(crate) use registration::{Registered, Registration};
pub(crate) use sign_in::{Beginning, ProviderAnswer, SignedIn};
pub(crate) use tokens::{Device, Tokens};

/// Who may make an account for themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RegistrationMode {
    /// Everybody, at once.
    Open,
    /// Everybody who shows that the address is theirs.
    Verified,
    /// Whoever was invited.
    Invite,
    /// Nobody.
    Closed,
}

/// How the module is set up.
#[derive(Clone)]
pub struct Settings {
    /// Whose tokens these are and how long they live.
    pub token: TokenPolicy,
    /// Seals secrets in the database.
    pub master_key: SecretString,
    /// How long a session lives without a refresh.
    pub session_idle: Duration,
    /// How long a session lives at most.
    pub session_absolute: Duration,
    /// How many passwords are hashed at once.
    pub hash_lanes: usize,
    /// Who may make an account.
    pub registration: RegistrationMode,
    /// The address of the pages that the links of letters open, without a slash at its end.
    pub account_url: String,
    /// The roles that must have a second factor.
    pub mfa_roles: Vec<Role>,
    /// A file of hashes of passwords that are known to attackers.
    pub breached_passwords: Option<PathBuf>,
    /// After what time the signing key is replaced; never when absent.
    pub key_rotation: Option<Duration>,
    /// The other providers that people may sign in with.
    pub providers: Vec<ProviderSettings>,
    /// The exact addresses of applications to which a sign-in with one of them may return.
    pub return_urls: Vec<String>,
}

/// The rules of accounts on top of the store.
pub(crate) struct Service {
    database: Database,
    ambient: Ambient,
    settings: Settings,
    master_key: MasterKey,
    lane: HashLane,
    keys: KeyRing,
    standings: Cache<SessionId, contract::Standing>,
    accounts: accounts::ReadAccounts,
    providers: Vec<Provider>,
}

impl Service {
    pub(crate) async fn new(
        database: Database,
        ambient: Ambient,
        settings: Settings,
    ) -> Result<Self, Error> {
        let master_key = MasterKey::new(settings.master_key.clone());
        let keys = KeyRing::open(&database, &ambient, &master_key).await?;
        let lane = HashLane::new(settings.hash_lanes, &ambient)?;
        let providers = providers::open(&settings.providers, &settings.token.issuer, &ambient)?;
        let service = Self {
            database,
            ambient,
            master_key,
            lane,
            keys,
            standings: contract::standings(),
            accounts: accounts::read_accounts(),
            providers,
            settings,
        };
        service.begin_audit().await?;
        Ok(service)
    }

    /// What an account must have before it gets a token.
    fn demands(&self) -> Demands {
        Demands {
            verified_email: self.settings.registration == RegistrationMode::Verified,
        }
    }

    /// The lane in which passwords are hashed.
    pub(crate) fn lane(&self) -> &HashLane {
        &self.lane
    }
}

/// What a row keeps as JSON.
fn to_json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(broken)
}

/// Reads what [`to_json`] wrote.
fn from_json<T: DeserializeOwned>(text: Option<&str>) -> Result<T, Error> {
    serde_json::from_str(text.unwrap_or("{}")).map_err(broken)
}
