//! Taking an answer.

use chrono::TimeDelta;
use contracts::course::ExerciseSubmissionGraded;
use database::idempotency;
use kernel::{Caller, ExerciseId, Operation, Outcome};

use super::{Service, left, limit};
use crate::assessment::request::SubmitAnswer;
use crate::assessment::store::{self, SubmissionRecord};
use crate::assessment::view::SubmissionView;
use crate::domain::bounds::{MAX_ANSWER_BYTES_OF_DAY, MAX_SUBMISSIONS_OF_DAY};
use crate::domain::grading::{Grade, grade};
use crate::domain::{ExerciseBody, Ids, MODULE};
use crate::error::Error;
use crate::publishing::{Edition, EditionQuery};

const DAY: TimeDelta = TimeDelta::days(1);

/// How often a submission is tried again when another one of the same learner was faster.
const RACES: usize = 8;

impl Service {
    pub(crate) async fn submit(
        &self,
        learner: &Caller,
        operation: &Operation,
        exercise: ExerciseId,
        new: SubmitAnswer,
    ) -> Result<Outcome<SubmissionView>, Error> {
        for _ in 0..RACES {
            match self.try_submit(learner, operation, exercise, &new).await {
                Err(Error::Storage(error))
                    if database::is_unique_violation(&error)
                        || database::is_serialization_failure(&error) => {}
                done => return done,
            }
        }
        self.try_submit(learner, operation, exercise, &new).await
    }

    async fn try_submit(
        &self,
        learner: &Caller,
        operation: &Operation,
        exercise: ExerciseId,
        new: &SubmitAnswer,
    ) -> Result<Outcome<SubmissionView>, Error> {
        let query = EditionQuery {
            version: new.version,
            draft: None,
        };
        let read = self
            .publishing
            .edition_of_exercise(learner, exercise, &query);
        let (course, edition) = read.await?;
        let Edition::Published(number) = edition else {
            return Err(Error::NotPublished);
        };
        let content = self.publishing.content();
        let asked = content.exercise(course.id, number, exercise).await?;
        let asked = asked.ok_or(Error::NotFound("exercise"))?;
        let ids = Ids {
            seed: &course.seed,
            exercise,
        };
        let body = &asked.body;
        let grade = grade(
            &body.question,
            &new.answer,
            body.points,
            body.pass_percent,
            ids,
        )
        .map_err(|faults| Error::Invalid("course.answer_invalid", faults))?;
        let txn = self.database.begin_private().await?;
        let now = operation.moment(self.env.now());
        if let Some(first) = idempotency::replay(&txn, now, operation).await? {
            return Ok(first);
        }
        let place = (course.id, exercise);
        let recent = store::recent(&txn, place, learner.user_id, now - DAY).await?;
        // Another process may have published a stricter version a moment ago.
        let limit = match number == recent.published_version {
            true => body.attempts,
            false => limit(&txn, course.id, exercise, body).await?,
        };
        let used = recent.last_attempt;
        if let Some(allowed) = limit.filter(|allowed| used >= *allowed) {
            return Err(Error::AttemptsExhausted(allowed));
        }
        if recent.submissions >= MAX_SUBMISSIONS_OF_DAY || recent.bytes >= MAX_ANSWER_BYTES_OF_DAY {
            let oldest = recent.oldest.unwrap_or(now);
            return Err(Error::TooManySubmissions(oldest + DAY - now));
        }
        let submission = SubmissionRecord {
            id: self.env.id(),
            exercise_id: exercise,
            lesson_id: asked.lesson_id,
            course_id: course.id,
            number,
            learner_id: learner.user_id,
            attempt: used + 1,
            answer: new.answer.clone(),
            score: grade.score,
            max_score: grade.max_score,
            passed: grade.passed,
            feedback: feedback(&grade, body),
            created_at: now,
        };
        store::insert(&txn, &submission).await?;
        let event = ExerciseSubmissionGraded {
            submission_id: submission.id,
            exercise_id: exercise,
            lesson_id: submission.lesson_id,
            course_id: course.id,
            version: submission.number,
            learner_id: submission.learner_id,
            attempt: submission.attempt,
            score: submission.score,
            max_score: submission.max_score,
            passed: submission.passed,
            graded_at: now,
        };
        bus::append(&txn, &self.env, operation, MODULE, &event).await?;
        let left = left(limit, submission.attempt);
        let view = SubmissionView::new(submission, Some(body), left);
        let kept = idempotency::keep(&txn, operation, view).await?;
        txn.commit().await?;
        Ok(kept)
    }
}

fn feedback(grade: &Grade, body: &ExerciseBody) -> String {
    let points = format!("{} of {} points", grade.score, grade.max_score);
    if grade.score == grade.max_score {
        format!("All right: {points}.")
    } else if grade.passed {
        format!("Passed with {points}; a part is not right yet.")
    } else if grade.score > 0 {
        format!(
            "Partly right: {points}. {} percent of them pass.",
            body.pass_percent
        )
    } else {
        format!("Not right: {points}. Read the lesson again, or take a hint.")
    }
}
