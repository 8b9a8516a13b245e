//! Verifying and changing email addresses.

mod emails;
mod owner;
mod verify;

use std::sync::Arc;

use async_trait::async_trait;
use database::{Database, Transaction};
use kernel::{Env, Operation};

use crate::domain::{Purpose, UserRecord};
use crate::error::Error;
use crate::{accounts, audit, credentials, one_time_tokens, revocation, sessions};

const VERIFYING: [Purpose; 4] = [
    Purpose::VerifyEmail,
    Purpose::Register,
    Purpose::ChangeEmail,
    Purpose::UndoEmail,
];

/// Keeps an account whose erasure has not begun: whoever takes a change of address back may not be
/// who requested that.
#[async_trait]
pub(crate) trait CallOffErasure: Send + Sync {
    async fn call_off(
        &self,
        txn: &Transaction,
        operation: &Operation,
        account: &mut UserRecord,
    ) -> Result<(), Error>;
}

pub(crate) struct Service {
    database: Database,
    env: Env,
    audit: Arc<audit::Service>,
    tokens: Arc<one_time_tokens::Service>,
    sessions: Arc<sessions::Service>,
    revocation: Arc<revocation::Service>,
    credentials: Arc<credentials::Service>,
    accounts: Arc<accounts::Service>,
    erasures: Arc<dyn CallOffErasure>,
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
        accounts: Arc<accounts::Service>,
        erasures: Arc<dyn CallOffErasure>,
    ) -> Self {
        Self {
            database,
            env,
            audit,
            tokens,
            sessions,
            revocation,
            credentials,
            accounts,
            erasures,
        }
    }
}
