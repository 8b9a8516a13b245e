//! What this module knows of one person: handing it over, and erasing it.

use std::collections::BTreeMap;

use contracts::notification::{NotificationUserErased, NotificationUserExported};
use contracts::user::{UserErasureRequested, UserExportRequested};
use database::{Transaction, idempotency};
use kernel::{Ambient, Operation, UserId};

use crate::NAME;
use crate::error::Error;
use crate::store;

/// Answers an export with all that is known of the person.
pub(crate) async fn hand_over(
    txn: &Transaction,
    ambient: &Ambient,
    operation: &Operation,
    asked: &UserExportRequested,
) -> Result<(), Error> {
    let answer = NotificationUserExported {
        saga_id: asked.saga_id,
        user_id: asked.user_id,
        part: store::personal::gather(&**txn, asked.user_id).await?,
    };
    Ok(bus::append(&**txn, ambient, operation, NAME, &answer).await?)
}

/// Erases what is known of the person and answers with what that was.
pub(crate) async fn erase(
    txn: &Transaction,
    ambient: &Ambient,
    operation: &Operation,
    asked: &UserErasureRequested,
) -> Result<(), Error> {
    let answer = NotificationUserErased {
        saga_id: asked.saga_id,
        user_id: asked.user_id,
        removed: forget(txn, ambient, asked.user_id).await?,
    };
    Ok(bus::append(&**txn, ambient, operation, NAME, &answer).await?)
}

/// Deletes everything of a person but the fact that they are gone.
pub(crate) async fn forget(
    txn: &Transaction,
    ambient: &Ambient,
    user: UserId,
) -> Result<BTreeMap<String, u64>, Error> {
    store::recipients::forget(&**txn, user, ambient.now()).await?;
    let removed = [
        (
            "notifications",
            store::notifications::delete_of(&**txn, user).await?,
        ),
        (
            "letters",
            store::deliveries::delete_letters_of(&**txn, user).await?,
        ),
        ("recipient", store::recipients::delete(&**txn, user).await?),
        ("requests", idempotency::forget(&**txn, user).await?),
        ("events", bus::forget(&**txn, user.uuid()).await?),
    ];
    Ok(removed.map(|(what, count)| (what.to_owned(), count)).into())
}
