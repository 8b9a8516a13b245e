//! The grades of exercises, as the course module gives them.

use contracts::course::ExerciseSubmissionGraded;
use database::Transaction;
use kernel::{Envelope, Operation};

use super::Service;
use crate::domain::Grade;
use crate::enrollment::pending_grades;
use crate::error::Error;
use crate::learners;
use crate::recording::enrollments;

impl Service {
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
        // The course module may have graded before it heard of the enrollment.
        if event.practice && version > enrollment.version {
            return pending_grades::insert(txn, learner.id, (course, version), &grade, at).await;
        }
        // It waits until the staff gives more time.
        if enrollment.is_expired(at) {
            return pending_grades::insert(txn, learner.id, (course, version), &grade, at).await;
        }
        let mut aggregate = self.recording.load(txn, learner, enrollment).await?;
        aggregate.facts.grade(grade, at);
        self.recording.record(txn, &operation, &mut aggregate).await
    }
}
