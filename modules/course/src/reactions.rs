//! What this module does when another one tells of something.

use async_trait::async_trait;
use bus::{Handler, Verdict};
use contracts::user::UserDeleted;
use database::Transaction;
use kernel::{Envelope, Event};

use crate::store;

/// The events that this module listens to.
pub(crate) const TYPES: &[&str] = &[UserDeleted::TYPE];

/// Forgets people whose accounts are gone.
pub(crate) struct Reactions;

#[async_trait]
impl Handler for Reactions {
    async fn handle(&self, txn: &Transaction, event: &Envelope) -> Result<(), Verdict> {
        if event.kind == UserDeleted::TYPE {
            let gone = event.decode::<UserDeleted>()?.user_id;
            store::staff::forget(&**txn, gone).await?;
            store::versions::forget(&**txn, gone).await?;
            store::submissions::forget(&**txn, gone).await?;
        }
        Ok(())
    }
}
