//! Deleting the content of reports that have expired, have failed, or were cancelled.

use super::Service;
use crate::error::Error;
use crate::reports::store::{pieces, reports};

/// How many transactions a round takes at most.
const MAX_BATCHES: u32 = 200;

impl Service {
    /// Lets reports expire whose time is over; returns how many.
    pub(crate) async fn expire_due(&self) -> Result<u64, Error> {
        let txn = self.database.begin_private().await?;
        let expired = reports::expire_due(&txn, self.env.now()).await?;
        txn.commit().await?;
        Ok(expired)
    }

    /// Deletes pieces whose content is gone for everybody, and then the reports that have expired; returns how many
    /// pieces. Several processes may do so at once.
    pub(crate) async fn sweep(&self) -> Result<u64, Error> {
        let (mut deleted, mut batches) = (0, 0);
        for report in reports::list_gone(self.database.read()).await? {
            while batches < MAX_BATCHES {
                batches += 1;
                let txn = self.database.begin_private().await?;
                let some = pieces::delete_some(&txn, report).await?;
                if some == 0 {
                    reports::settle(&txn, report).await?;
                }
                txn.commit().await?;
                deleted += some;
                if some == 0 {
                    break;
                }
            }
        }
        Ok(deleted)
    }
}
