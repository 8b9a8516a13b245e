//! What administrators see and do about deliveries.

use database::idempotency;
use kernel::{Operation, Outcome, Page, Slice};
use uuid::Uuid;

use super::{Service, policy};
use crate::delivery::DeliveryState;
use crate::error::Error;
use crate::store;
use crate::view::DeliveryView;

impl Service {
    pub(crate) async fn list_deliveries(
        &self,
        state: Option<DeliveryState>,
        slice: &Slice,
    ) -> Result<Page<DeliveryView>, Error> {
        let page = store::deliveries::list(self.database.read(), state, slice).await?;
        Ok(page.map(Into::into))
    }

    /// Queues a failed delivery again, with all its tries; why it failed stays to be read.
    pub(crate) async fn retry(
        &self,
        id: Uuid,
        operation: &Operation,
    ) -> Result<Outcome<DeliveryView>, Error> {
        let txn = self.database.begin().await?;
        let now = self.ambient.now();
        if let Some(first) = idempotency::replay(&*txn, now, operation).await? {
            return Ok(first);
        }
        let found = store::deliveries::find_locked(&*txn, id).await?;
        let mut record = policy::failed(found)?;
        store::deliveries::requeue(&*txn, id, now).await?;
        record.state = DeliveryState::Queued;
        record.attempts = 0;
        record.available_at = now;
        record.updated_at = now;
        let kept = idempotency::keep(&*txn, operation, DeliveryView::from(record)).await?;
        txn.commit().await?;
        Ok(kept)
    }
}
