//! Enrolling, leaving, and what a learner is enrolled in.

use contracts::course::OutlineView;
use database::{Transaction, idempotency};
use kernel::{CourseId, EnrollmentId, Expected, Failure, Operation, Outcome, Page, Slice, UserId};
use serde::{Deserialize, Serialize};

use super::Service;
use super::fold::Shape;
use super::record::{Recorder, Subject};
use crate::error::Error;
use crate::store;
use crate::store::enrollments::Enrollment;
use crate::store::outlines::Known;
use crate::view::{EnrollmentStatus, EnrollmentView};

/// An enrolment, and whether this request made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Enrolled {
    pub(crate) enrollment: EnrollmentView,
    pub(crate) created: bool,
}

impl Service {
    /// Enrols a learner once; who has left comes back to the same version with all credit.
    pub(crate) async fn enroll(
        &self,
        learner: UserId,
        course: CourseId,
        operation: &Operation,
    ) -> Result<Outcome<Enrolled>, Error> {
        self.enroll_as(learner, course, self.ambient.id(), operation)
            .await
    }

    /// Enrols with a given id for the enrolment, if it is the first.
    pub(crate) async fn enroll_as(
        &self,
        learner: UserId,
        course: CourseId,
        id: EnrollmentId,
        operation: &Operation,
    ) -> Result<Outcome<Enrolled>, Error> {
        let told = &self.courses.outline(course).await;
        database::again(move || async move {
            let txn = self.database.begin().await?;
            let now = self.ambient.now();
            if let Some(first) = idempotency::replay(&*txn, now, operation).await? {
                return Ok(first);
            }
            let learner = store::learners::lock(&*txn, learner).await?;
            let existing = store::enrollments::find_by_course(&*txn, learner.id, course).await?;
            let created = existing.is_none();
            let enrollment = match existing {
                Some(enrollment) if enrollment.is_active() => enrollment,
                other => {
                    let known = open_course(&txn, course, told.clone()).await?;
                    let enrollment = match other {
                        Some(enrollment) => enrollment,
                        None => self.admit(&txn, learner.id, course, known, id).await?,
                    };
                    let mut subject = Subject::load(&*txn, learner, enrollment).await?;
                    subject.draft.enroll(subject.enrollment.version, now);
                    self.credit_early_grades(&txn, &mut subject).await?;
                    let recorder = Recorder {
                        txn: &txn,
                        ambient: &self.ambient,
                        operation,
                    };
                    recorder.record(&mut subject).await?;
                    subject.enrollment
                }
            };
            let enrolled = Enrolled {
                enrollment: enrollment.into(),
                created,
            };
            let kept = idempotency::keep(&*txn, operation, enrolled).await?;
            txn.commit().await?;
            Ok(kept)
        })
        .await
    }

    async fn admit(
        &self,
        txn: &Transaction,
        learner: UserId,
        course: CourseId,
        known: Known,
        id: EnrollmentId,
    ) -> Result<Enrollment, Error> {
        let outline = store::outlines::find(&**txn, course, known.newest)
            .await?
            .ok_or(Error::CourseUnknown)?;
        let total = Shape::of(&outline).total();
        let enrollment = Enrollment::new(id, learner, &outline, total, self.ambient.now());
        store::enrollments::insert(&**txn, &enrollment).await?;
        Ok(enrollment)
    }

    async fn credit_early_grades(
        &self,
        txn: &Transaction,
        subject: &mut Subject,
    ) -> Result<(), Error> {
        let (learner, course) = (subject.learner.id, subject.enrollment.course);
        for grade in store::early_grades::list(&**txn, learner, course).await? {
            subject.draft.grade(grade, self.ambient.now());
        }
        store::early_grades::delete(&**txn, learner, course).await
    }

    pub(crate) async fn enrollments(
        &self,
        learner: UserId,
        status: Option<EnrollmentStatus>,
        slice: &Slice,
    ) -> Result<Page<EnrollmentView>, Error> {
        let (db, backend) = (self.database.read(), self.database.backend());
        let page = store::enrollments::list(db, backend, learner, status, slice).await?;
        Ok(page.map(EnrollmentView::from))
    }

    pub(crate) async fn enrollment(
        &self,
        learner: UserId,
        id: EnrollmentId,
    ) -> Result<EnrollmentView, Error> {
        let found = store::enrollments::find(self.database.read(), learner, id).await?;
        found.map(Into::into).ok_or(Error::EnrollmentUnknown)
    }

    /// Leaves a course; what was earned stays.
    pub(crate) async fn leave(
        &self,
        learner: UserId,
        id: EnrollmentId,
        expected: &Expected,
        operation: &Operation,
    ) -> Result<(), Error> {
        database::again(move || async move {
            let txn = self.database.begin().await?;
            let learner = store::learners::lock(&*txn, learner).await?;
            let enrollment = store::enrollments::find(&*txn, learner.id, id)
                .await?
                .ok_or(Error::EnrollmentUnknown)?;
            expected.check(enrollment.revision)?;
            let mut subject = Subject::load(&*txn, learner, enrollment).await?;
            subject.draft.leave(self.ambient.now());
            let recorder = Recorder {
                txn: &txn,
                ambient: &self.ambient,
                operation,
            };
            recorder.record(&mut subject).await?;
            txn.commit().await?;
            Ok(())
        })
        .await
    }
}

impl Service {
    /// A new version changes nothing for those who are enrolled.
    pub(crate) async fn hear_published(
        &self,
        txn: &Transaction,
        outline: &OutlineView,
    ) -> Result<(), Error> {
        keep_outline(txn, outline).await
    }

    /// An archived course takes in nobody new.
    pub(crate) async fn hear_archived(
        &self,
        txn: &Transaction,
        course: CourseId,
    ) -> Result<(), Error> {
        store::outlines::archive(&**txn, course).await
    }
}

/// The course, when it takes learners in. What was heard may be older than what its module has just
/// told, so each of the two can say no; while that module is away, what was heard decides.
async fn open_course(
    txn: &Transaction,
    course: CourseId,
    told: Result<Option<OutlineView>, Failure>,
) -> Result<Known, Error> {
    let heard = store::outlines::find_course(&**txn, course).await?;
    match (heard, told) {
        (Some(known), _) if known.archived => Err(Error::CourseArchived),
        (Some(_), Ok(None)) => Err(Error::CourseArchived),
        (Some(known), _) => Ok(known),
        (None, Ok(Some(outline))) => {
            keep_outline(txn, &outline).await?;
            Ok(Known {
                newest: outline.version,
                archived: false,
            })
        }
        (None, Ok(None)) => Err(Error::CourseUnknown),
        (None, Err(failure)) => Err(failure.into()),
    }
}

/// Keeps the shape of a published version; the newest one is what new learners get.
async fn keep_outline(txn: &Transaction, outline: &OutlineView) -> Result<(), Error> {
    let known = store::outlines::find_course(&**txn, outline.course_id).await?;
    store::outlines::insert(&**txn, outline).await?;
    store::outlines::insert_lessons(&**txn, outline).await?;
    // The same version again opens the course: it may have been asked for before it was told, and
    // an older archiving heard in between.
    if known.is_some_and(|known| known.newest > outline.version) {
        return Ok(());
    }
    let known = Known {
        newest: outline.version,
        archived: false,
    };
    store::outlines::save_course(&**txn, outline.course_id, known).await
}
