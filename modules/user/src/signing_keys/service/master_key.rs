//! Replacing the key that seals all others.

use kernel::{Operation, SecretString};
use serde_json::json;

use super::Service;
use crate::audit::AuditAction;
use crate::error::Error;
use crate::sealing::MasterKey;

impl Service {
    /// Seals with `next` all that the master key has sealed, in one transaction. Sign-ins with a
    /// provider and authenticators that nobody has confirmed yet must begin again.
    pub(crate) async fn replace_master_key(
        &self,
        operation: &Operation,
        next: SecretString,
    ) -> Result<(), Error> {
        let next = MasterKey::new(next);
        let txn = self.database.begin().await?;
        let entry = AuditAction::MasterKeyReplaced.about(None, json!({}));
        self.audit.record(&txn, operation, entry).await?;
        self.ring.reseal(&txn, &next).await?;
        self.authenticators.reseal(&txn, &next).await?;
        self.tokens.reseal(&txn, &next).await?;
        self.audit.reseal(&txn, &next).await?;
        Ok(txn.commit().await?)
    }
}
