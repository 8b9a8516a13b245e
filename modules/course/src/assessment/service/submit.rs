//! Taking an answer.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::course::ExerciseSubmissionGraded;
use database::{Transaction, idempotency};
use kernel::{Caller, ExerciseId, Operation, Outcome};

use super::{Limits, Service, limits};
use crate::assessment::request::SubmitAnswer;
use crate::assessment::store::{self, SubmissionRecord, Tried};
use crate::assessment::view::SubmissionView;
use crate::authoring::CourseRecord;
use crate::domain::bounds::{MAX_ANSWER_BYTES_OF_DAY, MAX_SUBMISSIONS_OF_DAY};
use crate::domain::grading::{Grade, Share, Worth, mark};
use crate::domain::{Ids, MODULE, SubmissionState};
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
    /// `None` for what the staff grades.
    share: Option<Share>,
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
        let (enrolled, own) = (recent.enrolled_version, recent.binding_version);
        let present = own.unwrap_or(recent.published_version);
        // Another process may have published a stricter version a moment ago.
        let limits = match number == present {
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
        if share.is_none() && number < present {
            return Err(Error::OlderVersion(number, present));
        }
        // One at a time, so that the staff is not given a second one while they read the first.
        if share.is_none() && store::is_queued(&txn, exercise, learner.user_id).await? {
            return Err(Error::GradingPending);
        }
        // A limit is what later attempts cost already.
        let attempt_percent = match used > 0 && limit.is_none() {
            true => retry_percent,
            false => 100,
        };
        let grade = share.map(|share| {
            share.grade(Worth {
                points: body.points,
                pass_percent: body.pass_percent,
                attempt_percent,
            })
        });
        // Otherwise what an author has corrected since would be a way around the rules of today.
        let counts = number >= present;
        let mut feedback = match &grade {
            Some(grade) => feedback(grade, body.pass_percent, attempt_percent),
            None => "Handed in. The staff of the course grades it.".to_owned(),
        };
        if !counts {
            feedback.push_str(&format!(
                " It does not count: version {number} is older than version {present}, which is yours."
            ));
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
            score: grade.as_ref().map_or(0, |grade| grade.score),
            max_score: body.points,
            percent: grade.as_ref().map_or(0, |grade| grade.percent),
            passed: grade.as_ref().is_some_and(|grade| grade.passed),
            practice: enrolled != Some(number),
            feedback,
            created_at: now,
            state: match grade {
                Some(_) => SubmissionState::Graded,
                None => SubmissionState::Queued,
            },
            graded_at: grade.as_ref().map(|_| now),
            criteria: None,
            comment: None,
            graded_by: None,
            claim: None,
        };
        store::insert(&txn, &submission).await?;
        if grade.is_some() && counts {
            self.publish_grade(&txn, operation, &submission, now)
                .await?;
        }
        let standing = limits.standing(Tried {
            attempts: submission.attempt,
            passed: submission.passed || recent.passed,
        });
        let seed = &course.seed;
        let view = SubmissionView::new(submission, Some(body), Ids { seed, exercise }, standing);
        let kept = idempotency::keep(&txn, operation, view).await?;
        txn.commit().await?;
        Ok(kept)
    }
}

impl Service {
    /// Tells the other modules of the grade of an answer.
    pub(super) async fn publish_grade(
        &self,
        txn: &Transaction,
        operation: &Operation,
        submission: &SubmissionRecord,
        graded_at: DateTime<Utc>,
    ) -> Result<(), Error> {
        let event = ExerciseSubmissionGraded {
            submission_id: submission.id,
            exercise_id: submission.exercise_id,
            lesson_id: submission.lesson_id,
            course_id: submission.course_id,
            version: submission.number,
            learner_id: submission.learner_id,
            attempt: submission.attempt,
            score: submission.score,
            max_score: submission.max_score,
            passed: submission.passed,
            practice: submission.practice,
            graded_at,
        };
        Ok(bus::append(txn, &self.env, operation, MODULE, &event).await?)
    }

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
        let share = mark(&asked.body.question, &new.answer, ids)
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

pub(super) fn feedback(grade: &Grade, pass_percent: i32, attempt_percent: i32) -> String {
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
