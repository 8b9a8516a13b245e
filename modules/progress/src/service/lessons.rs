//! Working through a lesson: starting, reporting, completing, and the grades of its exercises.

use contracts::course::{ExerciseSubmissionGraded, OutlineView};
use database::{Transaction, idempotency};
use kernel::{ExerciseId, LessonId, Operation, Outcome, UserId};

use super::Service;
use super::courses::progress_of;
use super::fold::Grade;
use super::record::{Recorder, Subject};
use crate::error::Error;
use crate::store;
use crate::view::CourseProgress;

impl Service {
    /// Begins a lesson; beginning again changes nothing.
    pub(crate) async fn start(
        &self,
        learner: UserId,
        lesson: LessonId,
        operation: &Operation,
    ) -> Result<Outcome<CourseProgress>, Error> {
        database::again(move || async move {
            let txn = self.database.begin().await?;
            let now = self.ambient.now();
            if let Some(first) = idempotency::replay(&*txn, now, operation).await? {
                return Ok(first);
            }
            let mut subject = enrolled(&txn, learner, lesson).await?;
            subject.draft.start(lesson, now);
            self.recorder(&txn, operation).record(&mut subject).await?;
            let kept = idempotency::keep(&*txn, operation, progress_of(subject)).await?;
            txn.commit().await?;
            Ok(kept)
        })
        .await
    }

    /// Takes over how far and how long a learner has read; neither ever falls.
    pub(crate) async fn report(
        &self,
        learner: UserId,
        lesson: LessonId,
        percent: i32,
        seconds: i64,
        operation: &Operation,
    ) -> Result<CourseProgress, Error> {
        database::again(move || async move {
            let txn = self.database.begin().await?;
            let mut subject = enrolled(&txn, learner, lesson).await?;
            subject
                .draft
                .report(lesson, percent, seconds, self.ambient.now());
            self.recorder(&txn, operation).record(&mut subject).await?;
            txn.commit().await?;
            Ok(progress_of(subject))
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
        database::again(move || async move {
            let txn = self.database.begin().await?;
            let now = self.ambient.now();
            if let Some(first) = idempotency::replay(&*txn, now, operation).await? {
                return Ok(first);
            }
            let mut subject = enrolled(&txn, learner, lesson).await?;
            if let Err(open) = subject.draft.complete(lesson, now) {
                let open = with_titles(&subject.outline, &open);
                return Err(Error::ExercisesOpen { open });
            }
            self.recorder(&txn, operation).record(&mut subject).await?;
            let kept = idempotency::keep(&*txn, operation, progress_of(subject)).await?;
            txn.commit().await?;
            Ok(kept)
        })
        .await
    }

    /// Credits a grade that was told, once; for who is not enrolled it waits. The learner is
    /// locked first, so that a grade cannot slip between an enrolment and its early grades.
    pub(crate) async fn credit(
        &self,
        txn: &Transaction,
        graded: &ExerciseSubmissionGraded,
        operation: &Operation,
    ) -> Result<(), Error> {
        let grade = Grade {
            submission: graded.submission_id,
            exercise: graded.exercise_id,
            attempt: graded.attempt,
            score: graded.score,
            max_score: graded.max_score,
            passed: graded.passed,
        };
        let (course, at) = (graded.course_id, graded.graded_at);
        let learner = match store::learners::lock(&**txn, graded.learner_id).await {
            Err(Error::Forgotten) => return Ok(()),
            locked => locked?,
        };
        let found = store::enrollments::find_by_course(&**txn, learner.id, course).await?;
        let Some(enrollment) = found else {
            return store::early_grades::insert(&**txn, learner.id, course, &grade, at).await;
        };
        if store::activity::has_source(&**txn, enrollment.id, &grade.source()).await? {
            return Ok(());
        }
        let mut subject = Subject::load(&**txn, learner, enrollment).await?;
        subject.draft.grade(grade, at);
        self.recorder(txn, operation).record(&mut subject).await
    }

    fn recorder<'a>(&'a self, txn: &'a Transaction, operation: &'a Operation) -> Recorder<'a> {
        Recorder {
            txn,
            ambient: &self.ambient,
            operation,
        }
    }
}

async fn enrolled(txn: &Transaction, learner: UserId, lesson: LessonId) -> Result<Subject, Error> {
    let learner = store::learners::lock(&**txn, learner).await?;
    let enrollment = store::enrollments::find_by_lesson(&**txn, learner.id, lesson)
        .await?
        .ok_or(Error::NotEnrolled)?;
    Subject::load(&**txn, learner, enrollment).await
}

fn with_titles(outline: &OutlineView, open: &[ExerciseId]) -> Vec<(ExerciseId, String)> {
    let lessons = outline.sections.iter().flat_map(|section| &section.lessons);
    lessons
        .flat_map(|lesson| &lesson.exercises)
        .filter(|exercise| open.contains(&exercise.id))
        .map(|exercise| (exercise.id, exercise.title.clone()))
        .collect()
}
