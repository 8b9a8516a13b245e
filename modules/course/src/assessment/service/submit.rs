//! Taking an answer.

use std::sync::Arc;

use chrono::TimeDelta;
use contracts::course::ExerciseSubmissionGraded;
use database::idempotency;
use kernel::{Caller, ExerciseId, Operation, Outcome};

use super::{Limits, Service, limits};
use crate::assessment::request::SubmitAnswer;
use crate::assessment::store::{self, SubmissionRecord, Tried};
use crate::assessment::view::SubmissionView;
use crate::authoring::CourseRecord;
use crate::domain::bounds::{MAX_ANSWER_BYTES_OF_DAY, MAX_SUBMISSIONS_OF_DAY};
use crate::domain::grading::{Grade, Share, Worth, share};
use crate::domain::{Ids, MODULE};
use crate::error::Error;
use crate::publishing::{Edition, EditionQuery, VersionExercise};

const DAY: TimeDelta = TimeDelta::days(1);

/// How often a submission is tried again when another one of the same learner was faster.
const RACES: usize = 8;

/// An answer that fits its exercise.
struct Prepared {
    course: Arc<CourseRecord>,
    number: i64,
    asked: Arc<VersionExercise>,
    share: Share,
    retry_percent: i32,
}

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
        let prepared = self.prepare(learner, exercise, new).await;
        let txn = self.database.begin_private().await?;
        let now = operation.moment(self.env.now());
        // Before anything else is refused: what was taken once stays taken, whatever was published since.
        if let Some(first) = idempotency::replay(&txn, now, operation).await? {
            return Ok(first);
        }
        let Prepared {
            course,
            number,
            asked,
            share,
            retry_percent,
        } = prepared?;
        let body = &asked.body;
        let place = (course.id, exercise);
        let recent = store::recent(&txn, place, learner.user_id, now - DAY).await?;
        let own = recent.enrolled_version;
        // Another process may have published a stricter version a moment ago.
        let limits = match number == own.unwrap_or(recent.published_version) {
            true => Limits::of(body, None),
            false => limits(&txn, (course.id, own), exercise, body).await?,
        };
        let limit = limits.answers;
        let used = recent.last_attempt;
        if let Some(allowed) = limit.filter(|allowed| used >= *allowed) {
            return Err(Error::AttemptsExhausted(allowed));
        }
        if recent.submissions >= MAX_SUBMISSIONS_OF_DAY || recent.bytes >= MAX_ANSWER_BYTES_OF_DAY {
            let oldest = recent.oldest.unwrap_or(now);
            return Err(Error::TooManySubmissions(oldest + DAY - now));
        }
        // A limit is what later attempts cost already.
        let attempt_percent = match used > 0 && limit.is_none() {
            true => retry_percent,
            false => 100,
        };
        let grade = share.grade(Worth {
            points: body.points,
            pass_percent: body.pass_percent,
            attempt_percent,
        });
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
            percent: grade.percent,
            passed: grade.passed,
            practice: own != Some(number),
            feedback: feedback(&grade, body.pass_percent, attempt_percent),
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
            practice: submission.practice,
            graded_at: now,
        };
        bus::append(&txn, &self.env, operation, MODULE, &event).await?;
        let standing = limits.standing(Tried {
            attempts: submission.attempt,
            passed: submission.passed || recent.passed,
        });
        let view = SubmissionView::new(submission, Some(body), standing);
        let kept = idempotency::keep(&txn, operation, view).await?;
        txn.commit().await?;
        Ok(kept)
    }
}

impl Service {
    /// What does not depend on earlier answers.
    async fn prepare(
        &self,
        learner: &Caller,
        exercise: ExerciseId,
        new: &SubmitAnswer,
    ) -> Result<Prepared, Error> {
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
        let share = share(&asked.body.question, &new.answer, ids)
            .map_err(|faults| Error::Invalid("course.answer_invalid", faults))?;
        let version = self.publishing.version(course.id, number).await?;
        Ok(Prepared {
            course,
            number,
            asked,
            share,
            retry_percent: version.meta.course.retry_percent,
        })
    }
}

fn feedback(grade: &Grade, pass_percent: i32, attempt_percent: i32) -> String {
    let mut points = format!("{} of {} points", grade.score, grade.max_score);
    if attempt_percent < 100 && grade.percent > 0 {
        points.push_str(&format!(
            ", because an attempt after the first gives {attempt_percent} % of them"
        ));
    }
    match grade.percent {
        100 => format!("All right: {points}."),
        0 => format!("Not right: {points}. Read the lesson again, or take a hint."),
        percent if grade.passed => format!("Passed: {percent} % is right, for {points}."),
        percent => {
            format!("Partly right: {percent} %, and {pass_percent} % pass. You get {points}.")
        }
    }
}
