//! What a try leads to: the state of the delivery, and the event that is published.

use contracts::notification::{NotificationFailed, NotificationSent};
use database::Transaction;
use kernel::Operation;

use super::Sender;
use crate::delivery::delivery_error::DeliveryError;
use crate::delivery::record::DeliveryRecord;
use crate::delivery::retry;
use crate::delivery::store;
use crate::domain::{DeliveryState, MODULE};
use crate::error::Error;

impl Sender {
    /// Writes how the try went and publishes it, unless another worker has taken over meanwhile.
    pub(super) async fn finish(
        &self,
        mut delivery: DeliveryRecord,
        result: Result<(), DeliveryError>,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        let now = self.env.now();
        delivery.updated_at = now;
        delivery.available_at = None;
        delivery.state = match &result {
            Ok(()) => DeliveryState::Sent,
            Err(DeliveryError::Obsolete(_)) => DeliveryState::Suppressed,
            Err(DeliveryError::Temporary(_)) if retry::may_retry(&delivery, now) => {
                let wait = retry::wait(&self.env, delivery.attempts);
                delivery.available_at = Some(database::clock(&txn, now).await? + wait);
                DeliveryState::Queued
            }
            Err(_) => DeliveryState::Failed,
        };
        delivery.sent_at = result.is_ok().then_some(now);
        delivery.error = result.err().map(|error| error.line());
        if !store::finish(&txn, &delivery).await? {
            tracing::warn!(delivery.id = %delivery.id, "another process took over a delivery while it was being sent");
            return Ok(());
        }
        log(&delivery);
        self.publish(&txn, &delivery).await?;
        Ok(txn.commit().await?)
    }

    /// Only for notifications; a transactional email concerns the user module alone, which requested
    /// it.
    async fn publish(&self, txn: &Transaction, delivery: &DeliveryRecord) -> Result<(), Error> {
        let Some((notification_id, user_id)) = delivery.notification_id.zip(delivery.user_id)
        else {
            return Ok(());
        };
        let operation = Operation::system(delivery.correlation.clone());
        let channel = delivery.channel.to_string();
        match delivery.state {
            DeliveryState::Sent => {
                let event = NotificationSent {
                    notification_id,
                    user_id,
                    channel,
                };
                bus::append(txn, &self.env, &operation, MODULE, &event).await?;
            }
            DeliveryState::Failed => {
                let event = NotificationFailed {
                    notification_id,
                    user_id,
                    channel,
                };
                bus::append(txn, &self.env, &operation, MODULE, &event).await?;
            }
            DeliveryState::Queued | DeliveryState::Sending | DeliveryState::Suppressed => {}
        }
        Ok(())
    }
}

fn log(delivery: &DeliveryRecord) {
    match delivery.state {
        DeliveryState::Sent => {}
        DeliveryState::Failed => {
            tracing::error!(delivery.id = %delivery.id, delivery.attempts = delivery.attempts, error = delivery.error, "a delivery has failed; an administrator can retry it");
        }
        DeliveryState::Suppressed => {
            tracing::info!(delivery.id = %delivery.id, reason = delivery.error, "a delivery is not sent");
        }
        DeliveryState::Queued | DeliveryState::Sending => {
            tracing::warn!(delivery.id = %delivery.id, delivery.attempts = delivery.attempts, error = delivery.error, "an attempt to deliver failed and will be retried");
        }
    }
}
