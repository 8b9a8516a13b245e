//! Enrolling, leaving, and what a learner is enrolled in.

mod access;
mod admission;
mod arrival;
mod placing;
mod staff;
mod upgrade;

pub(crate) use arrival::{Brought, check_removed, check_return};

use chrono::{DateTime, Utc};
use contracts::progress::EnrollmentOrigin;
use database::{Database, Transaction, idempotency};
use kernel::{
    CourseId, EnrollmentId, Env, Expected, Operation, Outcome, Page, PageRequest, UserId,
};

use super::request::Enroll;
use super::store::pending_grades;
use super::view::{Enrolled, EnrollmentView};
use crate::domain::EnrollmentStatus;
use crate::error::Error;
use crate::recording::{EnrollmentAggregate, enrollments};
use crate::{learners, outlines, recording};
use arrival::Placement;

/// Enrollments of learners.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    env: Env,
    outlines: outlines::Service,
    recording: recording::Service,
}

impl Service {
    pub(crate) fn new(
        database: Database,
        env: Env,
        outlines: outlines::Service,
        recording: recording::Service,
    ) -> Self {
        Self {
            database,
            env,
            outlines,
            recording,
        }
    }

    /// Enrolls a learner once; who has left comes back to the same version with all credit.
    pub(crate) async fn enroll(
        &self,
        learner: UserId,
        request: &Enroll,
        operation: &Operation,
    ) -> Result<Outcome<Enrolled>, Error> {
        let (id, course) = (self.env.id(), request.course_id);
        let code = request.invitation_code.as_deref();
        self.enroll_with(learner, course, code, id, operation).await
    }

    /// Enrolls with a given id for the enrollment, if it is the first.
    pub(crate) async fn enroll_as(
        &self,
        learner: UserId,
        course: CourseId,
        id: EnrollmentId,
        operation: &Operation,
    ) -> Result<Outcome<Enrolled>, Error> {
        self.enroll_with(learner, course, None, id, operation).await
    }

    async fn enroll_with(
        &self,
        learner: UserId,
        course: CourseId,
        code: Option<&str>,
        id: EnrollmentId,
        operation: &Operation,
    ) -> Result<Outcome<Enrolled>, Error> {
        let answered = &self.outlines.fetch(course).await;
        let entry = &self.entry(learner, course, code, answered).await?;
        database::retry_transaction(move || async move {
            let txn = self.database.begin().await?;
            let now = operation.moment(self.env.now());
            if let Some(first) = idempotency::replay(&txn, now, operation).await? {
                return Ok(first);
            }
            let learner = learners::lock(&txn, learner).await?;
            let learner = learner.ok_or(Error::UserErased)?;
            let existing = enrollments::find_by_course(&txn, learner.id, course).await?;
            let created = existing.is_none();
            let enrollment = match existing {
                Some(enrollment) if enrollment.is_active() => enrollment,
                other => {
                    entry.clone().require()?;
                    check_removed(other.as_ref(), now)?;
                    let known = self
                        .outlines
                        .find_open(&txn, course, answered.clone())
                        .await?;
                    let placement = Placement {
                        course,
                        known,
                        id,
                        origin: EnrollmentOrigin::Learner,
                    };
                    self.place(&txn, operation, (learner, other), placement)
                        .await?
                }
            };
            let enrolled = Enrolled {
                enrollment: enrollment.into(),
                created,
            };
            let kept = idempotency::keep(&txn, operation, enrolled).await?;
            txn.commit().await?;
            Ok(kept)
        })
        .await
    }

    pub(crate) async fn list(
        &self,
        learner: UserId,
        status: Option<EnrollmentStatus>,
        page_request: &PageRequest,
    ) -> Result<Page<EnrollmentView>, Error> {
        let page = enrollments::list(self.database.read(), learner, status, page_request).await?;
        Ok(page.map(EnrollmentView::from))
    }

    pub(crate) async fn find(
        &self,
        learner: UserId,
        id: EnrollmentId,
    ) -> Result<EnrollmentView, Error> {
        let found = enrollments::find(self.database.read(), learner, id).await?;
        found.map(Into::into).ok_or(Error::EnrollmentNotFound)
    }

    /// Leaves a course; what was earned stays.
    pub(crate) async fn leave(
        &self,
        learner: UserId,
        id: EnrollmentId,
        expected: &Expected,
        operation: &Operation,
    ) -> Result<(), Error> {
        database::retry_transaction(move || async move {
            let txn = self.database.begin().await?;
            let learner = learners::lock(&txn, learner).await?;
            let learner = learner.ok_or(Error::UserErased)?;
            let enrollment = enrollments::find(&txn, learner.id, id)
                .await?
                .ok_or(Error::EnrollmentNotFound)?;
            expected.check(enrollment.revision)?;
            let mut aggregate = self.recording.load(&txn, learner, enrollment).await?;
            aggregate.facts.leave(operation.moment(self.env.now()));
            self.recording
                .record(&txn, operation, &mut aggregate)
                .await?;
            txn.commit().await?;
            Ok(())
        })
        .await
    }
}

async fn credit_pending_grades(
    txn: &Transaction,
    aggregate: &mut EnrollmentAggregate,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let (learner, course) = (aggregate.learner.id, aggregate.enrollment.course);
    let version = aggregate.enrollment.version;
    for grade in pending_grades::list(txn, learner, course, version).await? {
        aggregate.facts.grade(grade, now);
    }
    pending_grades::delete(txn, learner, course, version).await
}
