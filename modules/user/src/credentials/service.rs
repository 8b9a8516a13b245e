//! Logging in, and changing and resetting passwords.

mod attempts;
mod login;
mod passwords;
mod reset;

use std::path::PathBuf;
use std::sync::Arc;

use database::Database;
use kernel::Env;

use super::hashing::PasswordHasher;
use crate::turns::Turns;
use crate::{audit, one_time_tokens, revocation, sessions};

pub(crate) struct Service {
    database: Database,
    env: Env,
    audit: Arc<audit::Service>,
    tokens: Arc<one_time_tokens::Service>,
    sessions: Arc<sessions::Service>,
    revocation: Arc<revocation::Service>,
    hasher: PasswordHasher,
    pub(super) turns: Turns,
    /// A file of hashes of passwords that are known to attackers.
    breached: Option<PathBuf>,
}

impl Service {
    #[expect(clippy::too_many_arguments, reason = "each is something that it needs")]
    pub(crate) fn new(
        database: Database,
        env: Env,
        audit: Arc<audit::Service>,
        tokens: Arc<one_time_tokens::Service>,
        sessions: Arc<sessions::Service>,
        revocation: Arc<revocation::Service>,
        hasher: PasswordHasher,
        turns: Turns,
        breached: Option<PathBuf>,
    ) -> Self {
        Self {
            database,
            env,
            audit,
            tokens,
            sessions,
            revocation,
            hasher,
            turns,
            breached,
        }
    }

    /// Passwords that are hashed or wait for it, how many may at most, and how many callers were
    /// rejected since the start.
    pub(crate) fn hash_queue(&self) -> (usize, usize, u64) {
        let hasher = &self.hasher;
        (hasher.queued(), hasher.capacity(), hasher.refused())
    }
}
