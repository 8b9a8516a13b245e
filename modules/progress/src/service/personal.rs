//! What this module knows of one person: handing it over, and erasing it.

use std::collections::BTreeMap;

use contracts::progress::{ProgressUserErased, ProgressUserExported};
use contracts::user::{UserErasureRequested, UserExportRequested};
use database::{Transaction, idempotency};
use kernel::{Operation, UserId};

use super::{MODULE, Service};
use crate::error::Error;
use crate::store;

impl Service {
    /// Answers an export with all that is known of the person.
    pub(crate) async fn hand_over(
        &self,
        txn: &Transaction,
        operation: &Operation,
        asked: &UserExportRequested,
    ) -> Result<(), Error> {
        let answer = ProgressUserExported {
            saga_id: asked.saga_id,
            user_id: asked.user_id,
            part: store::personal::gather(&**txn, asked.user_id).await?,
        };
        Ok(bus::append(&**txn, &self.ambient, operation, MODULE, &answer).await?)
    }

    /// Erases what is known of the person and answers with what that was.
    pub(crate) async fn erase(
        &self,
        txn: &Transaction,
        operation: &Operation,
        asked: &UserErasureRequested,
    ) -> Result<(), Error> {
        let answer = ProgressUserErased {
            saga_id: asked.saga_id,
            user_id: asked.user_id,
            removed: self.forget(txn, asked.user_id).await?,
        };
        Ok(bus::append(&**txn, &self.ambient, operation, MODULE, &answer).await?)
    }

    /// Deletes everything of a person but the fact that they are gone.
    pub(crate) async fn forget(
        &self,
        txn: &Transaction,
        user: UserId,
    ) -> Result<BTreeMap<String, u64>, Error> {
        // Nothing is recorded for them while this runs; who was forgotten before has no row left.
        match store::learners::lock(&**txn, user).await {
            Ok(_) | Err(Error::Forgotten) => {}
            Err(error) => return Err(error),
        }
        store::learners::forget(&**txn, user, self.ambient.now()).await?;
        let removed = [
            ("activity", store::activity::delete_of(&**txn, user).await?),
            (
                "early_grades",
                store::early_grades::delete_of(&**txn, user).await?,
            ),
            (
                "enrollments",
                store::enrollments::delete_of(&**txn, user).await?,
            ),
            (
                "achievements",
                store::achievements::delete_of(&**txn, user).await?,
            ),
            (
                "leaderboards",
                store::scores::delete_of(&**txn, user).await?,
            ),
            ("learner", store::learners::delete(&**txn, user).await?),
            ("requests", idempotency::forget(&**txn, user).await?),
            ("events", bus::forget(&**txn, user.uuid()).await?),
        ];
        Ok(removed.map(|(what, count)| (what.to_owned(), count)).into())
    }
}
