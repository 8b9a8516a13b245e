//! What the user module publishes of users.

use contracts::user::{UserCreated, UserUpdated};
use database::Transaction;
use kernel::UserId;

use super::store;
use crate::error::Error;

pub(crate) async fn on_user_created(
    txn: &Transaction,
    event: UserCreated,
    sequence: i64,
) -> Result<(), Error> {
    let (name, zone) = (event.display_name, event.time_zone);
    upsert_learner(txn, event.user_id, name, zone, sequence).await
}

pub(crate) async fn on_user_updated(
    txn: &Transaction,
    event: UserUpdated,
    sequence: i64,
) -> Result<(), Error> {
    let (name, zone) = (event.display_name, event.time_zone);
    upsert_learner(txn, event.user_id, name, zone, sequence).await
}

/// Takes over a user's name and zone from their `sequence`th event, unless a newer one was received
/// or they are erased.
async fn upsert_learner(
    txn: &Transaction,
    user: UserId,
    display_name: String,
    time_zone: String,
    sequence: i64,
) -> Result<(), Error> {
    let Some(mut learner) = store::lock(txn, user).await? else {
        return Ok(());
    };
    let before = learner.time_zone.clone();
    if learner.update(display_name, time_zone, sequence) {
        if learner.time_zone != before {
            store::insert_zone(txn, user, &learner.time_zone, sequence).await?;
        }
        store::update(txn, &learner).await?;
    }
    Ok(())
}
