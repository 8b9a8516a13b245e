//! Setting up, requiring and removing the second factor.

mod challenge;
mod enrollment;

use std::sync::Arc;

use database::{Database, Transaction};
use kernel::{Env, Operation, SecretString, UserId};
use serde_json::json;

use crate::audit::{self, AuditAction};
use crate::error::Error;
use crate::{authenticators, credentials, revocation, sessions};

/// How a user shows once more who they are.
pub(crate) enum Again {
    Code(SecretString),
    Password(SecretString),
}

pub(crate) struct Service {
    database: Database,
    env: Env,
    audit: Arc<audit::Service>,
    authenticators: Arc<authenticators::Service>,
    sessions: Arc<sessions::Service>,
    revocation: Arc<revocation::Service>,
    credentials: Arc<credentials::Service>,
}

impl Service {
    pub(crate) fn new(
        database: Database,
        env: Env,
        audit: Arc<audit::Service>,
        authenticators: Arc<authenticators::Service>,
        sessions: Arc<sessions::Service>,
        revocation: Arc<revocation::Service>,
        credentials: Arc<credentials::Service>,
    ) -> Self {
        Self {
            database,
            env,
            audit,
            authenticators,
            sessions,
            revocation,
            credentials,
        }
    }

    /// A wrong code leaves its row in the audit log, and is all that stays of the request.
    async fn refuse_code(
        &self,
        txn: Transaction,
        operation: &Operation,
        user: UserId,
    ) -> Result<Error, Error> {
        let entry = AuditAction::MfaFailed.about(user, json!({}));
        self.audit.record(&txn, operation, entry).await?;
        txn.commit().await?;
        Ok(Error::WrongCode)
    }
}
