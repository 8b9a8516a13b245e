//! Making, reading and changing accounts.

mod admin;
mod creation;
mod invitations;
mod profile;
mod registration;
mod setup;

use std::sync::Arc;

use database::Database;
use kernel::Env;

use super::cache::{ReadAccounts, read_accounts};
use crate::domain::RegistrationMode;
use crate::turns::Turns;
use crate::{audit, credentials, one_time_tokens, revocation, sessions};

pub(crate) struct Service {
    database: Database,
    env: Env,
    audit: Arc<audit::Service>,
    tokens: Arc<one_time_tokens::Service>,
    sessions: Arc<sessions::Service>,
    revocation: Arc<revocation::Service>,
    credentials: Arc<credentials::Service>,
    turns: Turns,
    mode: RegistrationMode,
    read: ReadAccounts,
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
        credentials: Arc<credentials::Service>,
        turns: Turns,
        mode: RegistrationMode,
    ) -> Self {
        Self {
            database,
            env,
            audit,
            tokens,
            sessions,
            revocation,
            credentials,
            turns,
            mode,
            read: read_accounts(),
        }
    }
}
