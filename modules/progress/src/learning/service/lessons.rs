//! Working through a lesson: starting, reporting and completing it.

use chrono::{DateTime, Utc};
use contracts::course::OutlineView;
use database::{Transaction, idempotency};
use kernel::{ExerciseId, LessonId, Operation, Outcome, UserId};

use super::super::request::ReportProgress;
use super::super::view::CourseProgress;
use super::Service;
use crate::domain::{EnrollmentStatus, LONGEST_SPAN};
use crate::error::{Error, TimeError};
use crate::learners;
use crate::recording::{EnrollmentAggregate, enrollments, projections};

impl Service {
    /// Begins a lesson; beginning again changes nothing.
    pub(crate) async fn start(
        &self,
        learner: UserId,
        lesson: LessonId,
        operation: &Operation,
    ) -> Result<Outcome<CourseProgress>, Error> {
        self.change_once(learner, lesson, operation, |aggregate, now| {
            aggregate.facts.start(lesson, now);
            Ok(())
        })
        .await
    }

    /// Completes a lesson, and with the last one the course; completing again changes nothing.
    pub(crate) async fn complete(
        &self,
        learner: UserId,
        lesson: LessonId,
        operation: &Operation,
    ) -> Result<Outcome<CourseProgress>, Error> {
        self.change_once(learner, lesson, operation, |aggregate, now| {
            let completed = aggregate.facts.complete(lesson, now);
            completed.map_err(|open| Error::ExercisesRequired {
                open: with_titles(&aggregate.outline, &open),
            })
        })
        .await
    }

    /// Takes over how far and how long a learner has read; neither ever falls.
    pub(crate) async fn report(
        &self,
        learner: UserId,
        lesson: LessonId,
        report: &ReportProgress,
        operation: &Operation,
    ) -> Result<CourseProgress, Error> {
        let (percent, seconds) = (report.percent, report.seconds);
        database::retry_transaction(move || async move {
            let txn = self.database.begin().await?;
            let now = operation.moment(self.env.now());
            let mut aggregate = self.load(&txn, learner, lesson, now).await?;
            let (of, since) = (&aggregate.enrollment, now - LONGEST_SPAN);
            let elsewhere = projections::last_report_elsewhere(&txn, of, since).await?;
            let facts = &mut aggregate.facts;
            facts.report(lesson, percent, seconds, now, elsewhere);
            self.recording
                .record(&txn, operation, &mut aggregate)
                .await?;
            txn.commit().await?;
            Ok(progress_of(aggregate))
        })
        .await
    }

    /// The enrollment whose version has the lesson; its learner is locked.
    async fn load(
        &self,
        txn: &Transaction,
        learner: UserId,
        lesson: LessonId,
        now: DateTime<Utc>,
    ) -> Result<EnrollmentAggregate, Error> {
        let learner = learners::lock(txn, learner).await?;
        let learner = learner.ok_or(Error::UserErased)?;
        let find = |status| enrollments::find_by_lesson(txn, learner.id, lesson, status);
        let Some(enrollment) = find(EnrollmentStatus::Active).await? else {
            return Err(match find(EnrollmentStatus::Expired).await? {
                Some(_) => TimeError::EnrollmentExpired.into(),
                None => Error::EnrollmentRequired,
            });
        };
        if enrollment.is_expired(now) {
            return Err(TimeError::EnrollmentExpired.into());
        }
        self.recording.load(txn, learner, enrollment).await
    }

    /// Decides and records a change; the same request again gets the answer of the first.
    async fn change_once(
        &self,
        learner: UserId,
        lesson: LessonId,
        operation: &Operation,
        decide: impl Fn(&mut EnrollmentAggregate, DateTime<Utc>) -> Result<(), Error> + Sync,
    ) -> Result<Outcome<CourseProgress>, Error> {
        let decide = &decide;
        database::retry_transaction(move || async move {
            let txn = self.database.begin().await?;
            let now = operation.moment(self.env.now());
            if let Some(first) = idempotency::replay(&txn, now, operation).await? {
                return Ok(first);
            }
            let mut aggregate = self.load(&txn, learner, lesson, now).await?;
            decide(&mut aggregate, now)?;
            self.recording
                .record(&txn, operation, &mut aggregate)
                .await?;
            let kept = idempotency::keep(&txn, operation, progress_of(aggregate)).await?;
            txn.commit().await?;
            Ok(kept)
        })
        .await
    }
}

/// Progress as it stands after what was recorded.
fn progress_of(aggregate: EnrollmentAggregate) -> CourseProgress {
    CourseProgress::of(
        aggregate.enrollment,
        &aggregate.outline,
        &aggregate.facts.state,
    )
}

fn with_titles(outline: &OutlineView, open: &[ExerciseId]) -> Vec<(ExerciseId, String)> {
    let lessons = outline.sections.iter().flat_map(|section| &section.lessons);
    lessons
        .flat_map(|lesson| &lesson.exercises)
        .filter(|exercise| open.contains(&exercise.id))
        .map(|exercise| (exercise.id, exercise.title.clone()))
        .collect()
}
