//! The grades of exercises, as the course module gives them, and the answers that wait for one.

use contracts::course::{ExerciseSubmissionGraded, ExerciseSubmissionQueued};
use database::Transaction;
use kernel::{Envelope, Operation};

use super::Service;
use crate::domain::Grade;
use crate::enrollment::pending_grades;
use crate::error::Error;
use crate::learners;
use crate::recording::enrollments;

impl Service {
    /// Keeps once that an answer waits for its grade. For who is not enrolled in its version, or a newer one, only the
    /// grade counts, once it comes.
    pub(crate) async fn on_submission_queued(
        &self,
        txn: &Transaction,
        envelope: &Envelope,
        event: ExerciseSubmissionQueued,
    ) -> Result<(), Error> {
        let operation = Operation::caused_by(envelope).by(event.learner_id);
        let at = operation.moment(self.env.now()).min(event.queued_at);
        let Some(learner) = learners::lock(txn, event.learner_id).await? else {
            return Ok(());
        };
        let source = event.submission_id.to_string();
        let course = event.course_id;
        let found = enrollments::find_for_grade(txn, learner.id, course, &source).await?;
        let Some((enrollment, false)) = found else {
            return Ok(());
        };
        if event.version > enrollment.version {
            return Ok(());
        }
        let mut aggregate = self.recording.load(txn, learner, enrollment).await?;
        let answer = (event.submission_id, event.exercise_id);
        aggregate.facts.submit(answer, event.attempt, at);
        self.recording.record(txn, &operation, &mut aggregate).await
    }

    /// Credits a grade once; for who is not enrolled in the version that was answered, or a newer one, it waits.
    /// The learner is locked first, so that a grade cannot slip between an enrollment and its pending grades.
    pub(crate) async fn on_submission_graded(
        &self,
        txn: &Transaction,
        envelope: &Envelope,
        event: ExerciseSubmissionGraded,
    ) -> Result<(), Error> {
        let operation = Operation::caused_by(envelope).by(event.learner_id);
        let grade = Grade {
            submission: event.submission_id,
            exercise: event.exercise_id,
            attempt: event.attempt,
            score: event.score,
            max_score: event.max_score,
            passed: event.passed,
        };
        // The clock of the process that graded may be ahead of this one, and so may its event's.
        let at = operation.moment(self.env.now()).min(event.graded_at);
        let (course, version) = (event.course_id, event.version);
        let Some(learner) = learners::lock(txn, event.learner_id).await? else {
            return Ok(());
        };
        let source = grade.source();
        let found = enrollments::find_for_grade(txn, learner.id, course, &source).await?;
        let Some((enrollment, credited)) = found else {
            return pending_grades::insert(txn, learner.id, (course, version), &grade, at).await;
        };
        if credited {
            return Ok(());
        }
        // The course module may have graded before it heard of the enrollment. Whoever has left or was removed practices
        // until they are back.
        let waits = version > enrollment.version || !enrollment.is_active();
        if event.practice && waits {
            return pending_grades::insert(txn, learner.id, (course, version), &grade, at).await;
        }
        let is_over = enrollment.is_expired(at);
        let mut aggregate = self.recording.load(txn, learner, enrollment).await?;
        // What was answered after the end waits until the staff gives more time; what was handed in before it counts,
        // however late its grade comes.
        let state = &aggregate.facts.state;
        if is_over && !state.is_handed_in(grade.exercise, grade.attempt) {
            let learner = aggregate.enrollment.learner;
            return pending_grades::insert(txn, learner, (course, version), &grade, at).await;
        }
        aggregate.facts.grade(grade, at);
        self.recording.record(txn, &operation, &mut aggregate).await
    }
}
