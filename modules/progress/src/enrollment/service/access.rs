//! For how long learners may learn in a course: telling them of its end, ending it, and giving more time.

use bus::Events;
use chrono::{DateTime, TimeDelta, Utc};
use contracts::progress::ProgressEnrollmentExpiring;
use kernel::{CourseId, EnrollmentId, Operation, UserId};

use super::super::store::access;
use super::Service;
use super::staff::unnamed;
use crate::domain::{Enrollment, MODULE};
use crate::error::Error;
use crate::recording::enrollments;
use crate::{learners, seats};

/// How long before its end learners are told of it.
const NOTICE: TimeDelta = TimeDelta::days(7);
/// How many learners are looked at together.
const BATCH: u64 = 200;

impl Service {
    /// Ends enrollments whose time is over, and tells of those that end soon; returns how many there were of both. One
    /// that fails holds up no other.
    pub(crate) async fn expire_due(&self) -> Result<u64, Error> {
        let (db, now) = (self.database.read(), self.env.now());
        let (mut done, mut last) = (0, None);
        loop {
            let some = access::list_over(db, now, last, BATCH).await?;
            let Some((_, newest)) = some.last() else {
                break;
            };
            last = Some(*newest);
            for (learner, id) in some {
                match self.expire(learner, id, now).await {
                    Ok(()) => done += 1,
                    Err(error) => {
                        tracing::warn!(%learner, %error, "an enrollment whose time is over was not ended; trying it again");
                    }
                }
            }
        }
        Ok(done + self.remind(now).await?)
    }

    async fn expire(
        &self,
        learner: UserId,
        id: EnrollmentId,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let operation = &Operation::system("end of access");
        database::retry_transaction(move || async move {
            let txn = self.database.begin().await?;
            let Some(learner) = learners::lock(&txn, learner).await? else {
                return Ok(());
            };
            let Some(enrollment) = enrollments::find(&txn, learner.id, id).await? else {
                return Ok(());
            };
            let mut aggregate = self.recording.load(&txn, learner, enrollment).await?;
            aggregate.facts.expire(now);
            self.recording
                .record(&txn, operation, &mut aggregate)
                .await?;
            Ok(txn.commit().await?)
        })
        .await
    }

    async fn remind(&self, now: DateTime<Utc>) -> Result<u64, Error> {
        let txn = self.database.begin_private().await?;
        let ending = access::lock_ending(&txn, (now, now + NOTICE), BATCH).await?;
        let operation = Operation::system("end of access");
        let mut events = Events::new(&self.env, &operation, MODULE);
        for one in &ending {
            events.push(&ProgressEnrollmentExpiring {
                enrollment_id: one.id,
                learner_id: one.learner,
                course_id: one.course,
                course_title: one.title.clone(),
                access_until: one.until,
            })?;
        }
        let ids: Vec<EnrollmentId> = ending.iter().map(|one| one.id).collect();
        access::mark_reminded(&txn, &ids).await?;
        events.append(&txn).await?;
        txn.commit().await?;
        Ok(u64::try_from(ending.len()).unwrap_or(u64::MAX))
    }

    /// Says until when a learner may learn in a course. Whose time was over comes back if there is a seat for them.
    pub(crate) async fn set_access(
        &self,
        learner: UserId,
        course: CourseId,
        until: Option<DateTime<Utc>>,
        operation: &Operation,
    ) -> Result<Enrollment, Error> {
        let operation = &unnamed(operation);
        database::retry_transaction(move || async move {
            let txn = self.database.begin().await?;
            let now = operation.moment(self.env.now());
            let locked = learners::lock(&txn, learner).await?;
            let locked = locked.ok_or(Error::LearnerNotFound)?;
            let found = enrollments::find_by_course(&txn, learner, course).await?;
            let enrollment = found.ok_or(Error::LearnerNotFound)?;
            let is_over = until.is_some_and(|until| until <= now);
            let mut aggregate = self.recording.load(&txn, locked, enrollment).await?;
            if aggregate.facts.state.expired && !is_over {
                seats::take(&txn, course, learner, now).await?;
                aggregate.facts.enroll(aggregate.enrollment.version, now);
                super::credit_pending_grades(&txn, &mut aggregate, now).await?;
            }
            aggregate.facts.set_access(until, now);
            aggregate.facts.expire(now);
            self.recording
                .record(&txn, operation, &mut aggregate)
                .await?;
            txn.commit().await?;
            Ok(aggregate.enrollment)
        })
        .await
    }
}
