//! Who comes into cohorts and goes out of them.

use std::collections::BTreeMap;

use database::idempotency;
use kernel::{
    Caller, CohortId, Fault, FieldFault, Kind, Operation, Outcome, Page, PageRequest, UserId,
};

use super::super::request::ChangeMembers;
use super::super::store::{definitions, members};
use super::super::view::{CohortBatch, CohortMember, MemberOutcome, MemberResult};
use super::Service;
use crate::domain::{Enrollment, MAX_MEMBERS};
use crate::error::{CohortError, Error};
use crate::learners;
use crate::recording::enrollments;

/// How many learners one request names at most: each costs a transaction of its own.
const MAX_NAMES: usize = 100;

impl Service {
    pub(crate) async fn list_members(
        &self,
        caller: &Caller,
        id: CohortId,
        page_request: &PageRequest,
    ) -> Result<Page<CohortMember>, Error> {
        self.find_for_editor(caller, id).await?;
        let db = self.database.read();
        let page = members::list(db, id, page_request).await?;
        let ids: Vec<UserId> = page.items.iter().map(|one| one.learner).collect();
        let known = learners::list(db, &ids).await?.into_iter();
        let mut names: BTreeMap<UserId, Option<String>> =
            known.map(|one| (one.id, one.display_name)).collect();
        Ok(page.map(|one| CohortMember {
            learner_id: one.learner,
            display_name: names.remove(&one.learner).flatten(),
            added_at: one.added_at,
        }))
    }

    /// Adds and removes those whom a request names, each in a transaction of their own: one that is refused holds up no
    /// other, and a request that breaks off goes on where it was when it is sent again.
    pub(crate) async fn change_members(
        &self,
        caller: &Caller,
        id: CohortId,
        request: &ChangeMembers,
        operation: &Operation,
    ) -> Result<Outcome<CohortBatch>, Error> {
        let names: Vec<String> = [&request.add[..], &request.remove[..]].concat();
        if names.is_empty() || names.len() > MAX_NAMES {
            let message =
                format!("name at least one learner in add or remove, and at most {MAX_NAMES}");
            let fault = FieldFault::new("/add", "length", message);
            return Err(Error::LearnersInvalid(vec![fault]));
        }
        self.find_for_editor(caller, id).await?;
        let now = operation.moment(self.env.now());
        // The key is not held meanwhile: each learner has a transaction of their own.
        if let Some(first) = idempotency::peek(self.database.read(), now, operation).await? {
            return Ok(first);
        }
        let found = self.users.identify(&names).await?;
        let mut results = Vec::with_capacity(names.len());
        for (place, name) in names.into_iter().enumerate() {
            let learner_id = found.get(place).copied().flatten();
            let changed = match learner_id {
                Some(learner) if place < request.add.len() => {
                    self.add(learner, id, operation).await
                }
                Some(learner) => self.remove(learner, id).await,
                None => Ok(MemberOutcome::NotFound),
            };
            let (outcome, refusal) = match changed {
                Ok(outcome) => (outcome, None),
                Err(Error::UserErased) => (MemberOutcome::NotFound, None),
                // What fails for a reason of its own would fail for all that follow.
                Err(error) if matches!(error.kind(), Kind::Internal | Kind::Unavailable) => {
                    return Err(error);
                }
                Err(error) => (MemberOutcome::Refused, Some(error)),
            };
            results.push(MemberResult {
                learner: name,
                learner_id,
                outcome,
                code: refusal.as_ref().map(|error| error.code().to_owned()),
                detail: refusal.map(|error| error.to_string()),
            });
        }
        let remove = results.split_off(request.add.len());
        let batch = CohortBatch {
            cohort_id: id,
            add: results,
            remove,
        };
        let txn = self.database.begin_private().await?;
        // The same request at the same time may have been faster.
        if let Some(first) = idempotency::replay(&txn, now, operation).await? {
            return Ok(first);
        }
        let kept = idempotency::keep(&txn, operation, batch).await?;
        txn.commit().await?;
        Ok(kept)
    }

    /// Puts a learner of the course into a cohort; one who is in another one of the course moves.
    pub(crate) async fn add(
        &self,
        learner: UserId,
        id: CohortId,
        operation: &Operation,
    ) -> Result<MemberOutcome, Error> {
        database::retry_transaction(move || async move {
            let txn = self.database.begin_private().await?;
            // The learner is locked first, as everywhere, so that nothing is left of one who is just being erased.
            let locked = learners::lock(&txn, learner).await?;
            locked.ok_or(Error::UserErased)?;
            let cohort = definitions::lock(&txn, id).await?;
            let cohort = cohort.ok_or(CohortError::CohortNotFound)?;
            let existing = enrollments::find_by_course(&txn, learner, cohort.course).await?;
            let Some(enrollment) = existing.filter(Enrollment::is_active) else {
                return Ok(MemberOutcome::NotEnrolled);
            };
            let outcome = match members::find(&txn, enrollment.id).await? {
                Some(present) if present == id => return Ok(MemberOutcome::AlreadyMember),
                Some(_) => MemberOutcome::Moved,
                None => MemberOutcome::Added,
            };
            if members::count(&txn, id).await? >= MAX_MEMBERS {
                return Err(CohortError::CohortFull.into());
            }
            let now = operation.moment(self.env.now());
            members::upsert(&txn, id, (enrollment.id, learner), now).await?;
            txn.commit().await?;
            Ok(outcome)
        })
        .await
    }

    async fn remove(&self, learner: UserId, id: CohortId) -> Result<MemberOutcome, Error> {
        let txn = self.database.begin_private().await?;
        let removed = members::delete(&txn, id, learner).await?;
        txn.commit().await?;
        Ok(match removed {
            true => MemberOutcome::Removed,
            false => MemberOutcome::NotMember,
        })
    }
}
