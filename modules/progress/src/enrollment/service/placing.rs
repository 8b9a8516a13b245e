//! Bringing somebody who may begin a course into it, with a seat of their own.

use chrono::{DateTime, TimeDelta, Utc};
use contracts::course::OutlineView;
use contracts::progress::EnrollmentOrigin;
use database::Transaction;
use kernel::{CourseId, EnrollmentId, Failure, Operation, UserId};

use super::arrival::{Placement, check_return};
use super::{Service, credit_pending_grades};
use crate::domain::{Enrollment, Learner};
use crate::error::Error;
use crate::outlines::CourseRecord;
use crate::recording::enrollments;
use crate::seats::{self, waiting};
use crate::{learners, outlines};

impl Service {
    /// Enrolls a learner who is locked and not in the course; `existing` is the enrollment that they have left.
    pub(super) async fn place(
        &self,
        txn: &Transaction,
        operation: &Operation,
        (learner, existing): (Learner, Option<Enrollment>),
        placement: Placement,
    ) -> Result<Enrollment, Error> {
        let now = operation.moment(self.env.now());
        check_return(txn, existing.as_ref(), now).await?;
        let Placement { course, .. } = placement;
        let settings = seats::take(txn, course, learner.id, now).await?;
        // Whoever leaves and comes back gains no time by that.
        let begins = existing.as_ref().is_none_or(|one| one.is_expired(now));
        let enrollment = match existing {
            Some(enrollment) => enrollment,
            None => {
                let (known, id) = (placement.known, placement.id);
                insert(txn, learner.id, course, known, id, now).await?
            }
        };
        let mut aggregate = self.recording.load(txn, learner, enrollment).await?;
        aggregate.origin = placement.origin;
        aggregate.facts.enroll(aggregate.enrollment.version, now);
        if begins {
            let days = settings
                .access_days
                .map(|days| TimeDelta::days(days.into()));
            let until = days.and_then(|days| now.checked_add_signed(days));
            aggregate.facts.set_access(until, now);
        }
        credit_pending_grades(txn, &mut aggregate, now).await?;
        self.recording
            .record(txn, operation, &mut aggregate)
            .await?;
        Ok(aggregate.enrollment)
    }

    /// Enrolls a learner who waits for a seat, if there is one for them; returns whether they were. What enrolling
    /// requires was required when they joined the line.
    pub(crate) async fn promote(
        &self,
        learner: UserId,
        course: CourseId,
        answered: &Result<Option<OutlineView>, Failure>,
        operation: &Operation,
    ) -> Result<bool, Error> {
        let id = self.env.id();
        database::retry_transaction(move || async move {
            let txn = self.database.begin().await?;
            let locked = learners::lock(&txn, learner).await?;
            let waits = waiting::find(&txn, course, learner).await?.is_some();
            let waits = |learner: &Learner| waits && !learner.is_barred();
            let Some(locked) = locked.filter(waits) else {
                return Ok(false);
            };
            let existing = enrollments::find_by_course(&txn, learner, course).await?;
            let is_active = existing.as_ref().is_some_and(Enrollment::is_active);
            match is_active {
                true => drop(waiting::delete(&txn, course, learner).await?),
                false => {
                    let open = self.outlines.find_open(&txn, course, answered.clone());
                    let placement = Placement {
                        course,
                        known: open.await?,
                        id,
                        origin: EnrollmentOrigin::WaitingList,
                    };
                    let placed = self.place(&txn, operation, (locked, existing), placement);
                    placed.await?;
                }
            }
            txn.commit().await?;
            Ok(!is_active)
        })
        .await
    }
}

/// A new enrollment, in the newest version of the course.
async fn insert(
    txn: &Transaction,
    learner: UserId,
    course: CourseId,
    known: CourseRecord,
    id: EnrollmentId,
    now: DateTime<Utc>,
) -> Result<Enrollment, Error> {
    let outline = outlines::find(txn, course, known.newest).await?;
    let outline = outline.ok_or(Error::CourseNotFound)?;
    let enrollment = Enrollment::new(id, learner, known.slug, &outline, now);
    enrollments::insert(txn, &enrollment).await?;
    Ok(enrollment)
}
