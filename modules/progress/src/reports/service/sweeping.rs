//! Deleting what has expired, and the pieces of reports that have no content any more.

use super::Service;
use crate::error::Error;
use crate::reports::store::{pieces, reports};

/// How many transactions a round takes at most.
const MAX_BATCHES: u32 = 200;

impl Service {
    /// Deletes reports that have expired, and pieces that belong to none; returns how many pieces. Several processes
    /// may do so at once.
    pub(crate) async fn sweep(&self) -> Result<u64, Error> {
        let txn = self.database.begin_private().await?;
        reports::delete_expired(&txn, self.env.now()).await?;
        txn.commit().await?;
        let (mut deleted, mut batches) = (0, 0);
        for report in pieces::list_orphaned(self.database.read()).await? {
            while batches < MAX_BATCHES {
                batches += 1;
                let txn = self.database.begin_private().await?;
                let some = pieces::delete_some(&txn, report).await?;
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
