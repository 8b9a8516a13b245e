//! What the staff of a course does to the enrollments of others.

use contracts::course::OutlineView;
use contracts::progress::EnrollmentOrigin;
use kernel::{CourseId, Failure, Operation, UserId};

use super::Service;
use super::arrival::{Brought, Placement, check_departure, check_return};
use crate::domain::Enrollment;
use crate::error::Error;
use crate::recording::enrollments;
use crate::seats::{self, departures, waiting};
use crate::{learners, outlines};

impl Service {
    /// Enrolls a learner, or puts them at the end of the line where there is no seat for them. With `planned`, which is
    /// how many seats others will have taken before, nothing is changed.
    pub(crate) async fn bring(
        &self,
        learner: UserId,
        course: CourseId,
        answered: &Result<Option<OutlineView>, Failure>,
        planned: Option<i64>,
        operation: &Operation,
    ) -> Result<Brought, Error> {
        let (id, operation) = (self.env.id(), &unnamed(operation));
        database::retry_transaction(move || async move {
            let txn = self.database.begin().await?;
            let now = operation.moment(self.env.now());
            let locked = learners::lock(&txn, learner).await?;
            let locked = locked.ok_or(Error::UserErased)?;
            let existing = enrollments::find_by_course(&txn, learner, course).await?;
            if existing.as_ref().is_some_and(Enrollment::is_active) {
                return Ok(Brought::AlreadyEnrolled);
            }
            let waits = waiting::find(&txn, course, learner).await?.is_some();
            if !waits {
                check_departure(&txn, existing.as_ref(), now).await?;
                if departures::is_recent(&txn, course, learner, now).await? {
                    return Err(Error::LearnerLeft);
                }
            }
            let open = self.outlines.find_open(&txn, course, answered.clone());
            let placement = Placement {
                course,
                known: open.await?,
                id,
                origin: EnrollmentOrigin::Staff,
            };
            let settings = seats::lock(&txn, course).await?;
            let before = planned.unwrap_or(0);
            let brought = match seats::are_free(&txn, course, settings, (learner, now), before)
                .await?
            {
                true => {
                    let placed = self.place(&txn, operation, (locked, existing), placement);
                    placed.await?;
                    Brought::Enrolled
                }
                false => {
                    if !waits {
                        check_return(&txn, existing.as_ref(), now).await?;
                        let outline = outlines::find(&txn, course, placement.known.newest).await?;
                        let title = outline.ok_or(Error::CourseNotFound)?.title;
                        waiting::insert(&txn, course, learner, &title, (true, now)).await?;
                    }
                    Brought::Waiting
                }
            };
            if planned.is_none() {
                txn.commit().await?;
            }
            Ok(brought)
        })
        .await
    }

    /// Takes a learner out of a course and out of the line before it. They keep what they have earned.
    pub(crate) async fn remove(
        &self,
        learner: UserId,
        course: CourseId,
        operation: &Operation,
    ) -> Result<(), Error> {
        let operation = &unnamed(operation);
        database::retry_transaction(move || async move {
            let txn = self.database.begin().await?;
            let now = operation.moment(self.env.now());
            let locked = learners::lock(&txn, learner).await?;
            let locked = locked.ok_or(Error::LearnerNotFound)?;
            let waited = waiting::delete(&txn, course, learner).await?;
            let existing = enrollments::find_by_course(&txn, learner, course).await?;
            match existing {
                Some(enrollment) => {
                    let mut aggregate = self.recording.load(&txn, locked, enrollment).await?;
                    aggregate.facts.remove(now);
                    self.recording
                        .record(&txn, operation, &mut aggregate)
                        .await?;
                }
                None if waited => {}
                None => return Err(Error::LearnerNotFound),
            }
            txn.commit().await?;
            Ok(())
        })
        .await
    }
}

/// The log of a learner names nobody else, so that nothing of the staff is left in it when they are erased.
pub(super) fn unnamed(operation: &Operation) -> Operation {
    Operation {
        actor: None,
        ..operation.clone()
    }
}
