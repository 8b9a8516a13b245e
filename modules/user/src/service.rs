//! The rules of accounts; each method begins, decides, tells and commits in plain sight.

mod accounts;
mod admin;
mod contract;
mod hashing;
mod keys;
mod login;
mod passwords;
mod sessions;
mod setup;
mod throttle;

use std::time::Duration;

use database::Database;
use kernel::{Ambient, SecretString, SessionId};
use moka::sync::Cache;
use rest::TokenPolicy;

use crate::Error;
use hashing::HashLane;
use keys::KeyRing;

pub use accounts::NewAccount;
pub(crate) use accounts::Registration;
pub(crate) use admin::{AdminChange, PeopleFilter};
pub(crate) use login::{Credentials, Tokens};

/// How the module is set up.
#[derive(Clone)]
pub struct Settings {
    /// Whose tokens these are and how long they live.
    pub token: TokenPolicy,
    /// 32 bytes that seal the signing keys in the database.
    pub master_key: SecretString,
    /// How long a session lives without a refresh.
    pub session_idle: Duration,
    /// How long a session lives at most.
    pub session_absolute: Duration,
    /// How many passwords are hashed at once.
    pub hash_lanes: usize,
}

/// The rules of accounts on top of the store.
pub(crate) struct Service {
    database: Database,
    ambient: Ambient,
    settings: Settings,
    lane: HashLane,
    keys: KeyRing,
    standings: Cache<SessionId, contract::Standing>,
}

impl Service {
    pub(crate) async fn new(
        database: Database,
        ambient: Ambient,
        settings: Settings,
    ) -> Result<Self, Error> {
        let keys = KeyRing::open(&database, &ambient, &settings.master_key).await?;
        let lane = HashLane::new(settings.hash_lanes, &ambient)?;
        Ok(Self {
            database,
            ambient,
            lane,
            keys,
            standings: contract::standings(),
            settings,
        })
    }
}
