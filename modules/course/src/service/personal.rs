//! What this module knows of one person: handing it over, and erasing it.

use std::collections::BTreeMap;

use contracts::course::{CourseUserErased, CourseUserExported};
use contracts::user::{UserErasureRequested, UserExportRequested};
use database::{Transaction, idempotency};
use kernel::{Operation, UserId};
use serde_json::{Value, json};

use super::{MODULE, Service};
use crate::Error;
use crate::store;

impl Service {
    /// Answers an export with all that is known of the person.
    pub(crate) async fn hand_over(
        &self,
        txn: &Transaction,
        operation: &Operation,
        asked: &UserExportRequested,
    ) -> Result<(), Error> {
        let user = asked.user_id;
        let part = json!({
            "submissions": store::submissions::list_all_of(&**txn, user).await?,
            "courses": self.courses_of(txn, user).await?,
            "published_versions": published_by(txn, user).await?,
        });
        let answer = CourseUserExported {
            saga_id: asked.saga_id,
            user_id: user,
            part,
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
        let answer = CourseUserErased {
            saga_id: asked.saga_id,
            user_id: asked.user_id,
            removed: self.forget(txn, asked.user_id).await?,
        };
        Ok(bus::append(&**txn, &self.ambient, operation, MODULE, &answer).await?)
    }

    /// Courses and versions stay without the person's name; answers are of nobody else and go.
    pub(crate) async fn forget(
        &self,
        txn: &Transaction,
        user: UserId,
    ) -> Result<BTreeMap<String, u64>, Error> {
        let removed = [
            ("staff", store::staff::forget(&**txn, user).await?),
            ("versions", store::versions::forget(&**txn, user).await?),
            (
                "submissions",
                store::submissions::forget(&**txn, user).await?,
            ),
            ("requests", idempotency::forget(&**txn, user).await?),
            ("events", bus::forget(&**txn, user.uuid()).await?),
        ];
        Ok(removed.map(|(what, count)| (what.to_owned(), count)).into())
    }

    async fn courses_of(&self, txn: &Transaction, user: UserId) -> Result<Vec<Value>, Error> {
        let mut courses = Vec::new();
        for staff in store::staff::list_by(&**txn, user).await? {
            let course = store::courses::find(&**txn, &staff.course_id.into()).await?;
            courses.push(json!({
                "course_id": staff.course_id,
                "title": course.map(|course| course.body.title),
                "role": staff.role.as_str(),
                "since": staff.since,
            }));
        }
        Ok(courses)
    }
}

async fn published_by(txn: &Transaction, user: UserId) -> Result<Vec<Value>, Error> {
    let versions = store::versions::list_by(&**txn, user).await?;
    let told = versions.into_iter().map(|(course, number, at)| {
        json!({ "course_id": course, "version": number, "published_at": at })
    });
    Ok(told.collect())
}
