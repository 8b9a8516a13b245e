//! Moving to the newest version of a course, and what would change.

use contracts::progress::ProgressVersionAvailable;
use kernel::{EnrollmentId, Expected, Operation, Outcome, UserId};

use database::idempotency;

use super::super::request::UpgradeEnrollment;
use super::super::store::pending_grades;
use super::super::view::{EnrollmentUpgrade, EnrollmentView};
use super::{Service, credit_pending_grades};
use crate::domain::{MODULE, PendingFacts, Shape};
use crate::error::Error;
use crate::recording::{enrollments, projections};
use crate::{announcements, learners};

impl Service {
    /// What an upgrade would change; nothing where the learner is on the newest version.
    pub(crate) async fn preview_upgrade(
        &self,
        learner: UserId,
        id: EnrollmentId,
    ) -> Result<EnrollmentUpgrade, Error> {
        let db = self.database.read();
        let found = enrollments::find(db, learner, id).await?;
        let before = found.ok_or(Error::EnrollmentNotFound)?;
        if !before.is_active() {
            return Err(Error::EnrollmentRequired);
        }
        let (course, version) = (before.course, before.version);
        let answered = self.outlines.fetch(course).await;
        let outline = self.outlines.get(db, course, version).await?;
        let state = projections::find(db, &before).await?;
        let newest = self.outlines.newest(db, course, answered).await?;
        let mut facts = PendingFacts::new(Shape::of(&outline), state);
        let mut after = before.clone();
        if newest.version > version {
            let now = self.env.now();
            facts.upgrade(newest.version, Shape::of(&newest), now);
            for grade in pending_grades::list(db, learner, course, newest.version).await? {
                facts.grade(grade, now);
            }
            after.upgrade(&newest);
            after.reflect(&facts.state, &facts.shape);
        }
        let (before, after) = ((&before, &*outline), (&after, &*newest));
        Ok(EnrollmentUpgrade::of(before, after, &facts))
    }

    /// Moves an enrollment to a version that the staff of its course requires, and tells its learner. Whoever has left
    /// or is there already is left alone. Returns whether they were moved.
    pub(crate) async fn require_upgrade(
        &self,
        learner: UserId,
        id: EnrollmentId,
        version: i64,
        operation: &Operation,
    ) -> Result<bool, Error> {
        database::retry_transaction(move || async move {
            let txn = self.database.begin().await?;
            let Some(learner) = learners::lock(&txn, learner).await? else {
                return Ok(false);
            };
            let found = enrollments::find(&txn, learner.id, id).await?;
            let Some(enrollment) = found.filter(|one| one.is_active() && one.version < version)
            else {
                return Ok(false);
            };
            let before = enrollment.version;
            let outline = self.outlines.get(&txn, enrollment.course, version).await?;
            let now = self.env.now();
            let mut aggregate = self.recording.load(&txn, learner, enrollment).await?;
            aggregate.upgrade(outline, now);
            credit_pending_grades(&txn, &mut aggregate, now).await?;
            self.recording
                .record(&txn, operation, &mut aggregate)
                .await?;
            let enrollment = aggregate.enrollment;
            let course = enrollment.course;
            let event = ProgressVersionAvailable {
                enrollment_id: enrollment.id,
                learner_id: enrollment.learner,
                course_id: enrollment.course,
                course_title: enrollment.title,
                version: before,
                newest_version: version,
                moved: true,
                change_notes: announcements::change_notes(&txn, course, version).await?,
            };
            bus::append(&txn, &self.env, operation, MODULE, &event).await?;
            txn.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Moves an enrollment to the newest version, which must be the one that the learner has seen; what was
    /// earned is kept.
    pub(crate) async fn upgrade(
        &self,
        learner: UserId,
        id: EnrollmentId,
        request: &UpgradeEnrollment,
        expected: &Expected,
        operation: &Operation,
    ) -> Result<Outcome<EnrollmentView>, Error> {
        let db = self.database.read();
        let found = enrollments::find(db, learner, id).await?;
        let course = found.ok_or(Error::EnrollmentNotFound)?.course;
        let answered = &self.outlines.fetch(course).await;
        database::retry_transaction(move || async move {
            let txn = self.database.begin().await?;
            let now = operation.moment(self.env.now());
            if let Some(first) = idempotency::replay(&txn, now, operation).await? {
                return Ok(first);
            }
            let learner = learners::lock(&txn, learner).await?;
            let learner = learner.ok_or(Error::UserErased)?;
            let enrollment = enrollments::find(&txn, learner.id, id)
                .await?
                .ok_or(Error::EnrollmentNotFound)?;
            if !enrollment.is_active() {
                return Err(Error::EnrollmentRequired);
            }
            expected.check(enrollment.revision)?;
            let newest = self.outlines.newest(&txn, course, answered.clone()).await?;
            if request.version != newest.version {
                return Err(Error::NotNewestVersion {
                    newest: newest.version,
                });
            }
            let mut aggregate = self.recording.load(&txn, learner, enrollment).await?;
            if newest.version > aggregate.enrollment.version {
                self.outlines.keep(&txn, &newest).await?;
                aggregate.upgrade(newest, now);
                credit_pending_grades(&txn, &mut aggregate, now).await?;
                self.recording
                    .record(&txn, operation, &mut aggregate)
                    .await?;
            }
            let view = EnrollmentView::from(aggregate.enrollment);
            let kept = idempotency::keep(&txn, operation, view).await?;
            txn.commit().await?;
            Ok(kept)
        })
        .await
    }
}
