//! Taking an answer.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use database::{Transaction, idempotency};
use kernel::{Caller, CourseId, ExerciseId, FieldFault, Operation, Outcome, UserId};

use super::Service;
use super::drawn::drawn;
use super::hand_in::HandIn;
use super::limits::{Limits, count_taken_hints, limits};
use crate::assessment::request::SubmitAnswer;
use crate::assessment::store::{self, OpenAttempt, Recent, Tried, open_attempts};
use crate::assessment::view::SubmissionView;
use crate::authoring::CourseRecord;
use crate::domain::Ids;
use crate::domain::bounds::{MAX_ANSWER_BYTES_OF_DAY, MAX_SUBMISSIONS_OF_DAY};
use crate::domain::grading::{Share, mark};
use crate::error::Error;
use crate::publishing::{Edition, EditionQuery, VersionExercise};

pub(super) const DAY: TimeDelta = TimeDelta::days(1);

/// How often a submission is tried again when another one of the same learner was faster, or the learner has moved
/// to another version meanwhile.
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
                Err(Error::Moved) => {}
                done => return done,
            }
        }
        Err(Error::Busy)
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
        let (mut handed, marked) = prepared?;
        let user = learner.user_id;
        let place = (handed.course.id, exercise);
        let recent = store::recent(&txn, place, user, now - DAY).await?;
        let edition = (handed.course.id, handed.number);
        let limits = binding_limits(&txn, edition, &handed.asked, &recent).await?;
        let open = match recent.has_open_attempt {
            true => open_attempts::find_for_change(&txn, exercise, user).await?,
            false => None,
        };
        let started = open.as_ref().filter(|open| open.is_timed());
        // Who names no version answers their own, which is another one since the exercise was read.
        if new.version.is_none() && started.is_none() && !handed.is_present(&recent) {
            return Err(Error::Moved);
        }
        // What was started was let in then, whatever is published, required, or handed in elsewhere since.
        if started.is_none() {
            check_turn(&recent, limits, now)?;
        }
        let next = recent.last_attempt + 1;
        if new.attempt.is_some_and(|attempt| attempt != next) {
            return Err(Error::AttemptChanged(next));
        }
        match started {
            Some(open) => check_time(open, handed.number, now)?,
            // What was started without a limit gives way to an attempt that has one.
            None if limits.time.is_some() => return Err(Error::NotStarted),
            None => check_cooldown(&txn, limits, (exercise, user), now).await?,
        }
        // What is wrong with an answer says something of the task, which may not be shown yet.
        handed.share = marked.map_err(|faults| Error::Invalid("course.answer_invalid", faults))?;
        handed.was_started = started.is_some();
        // An answer that counts for nothing must not use up an attempt of a course, nor the time of the staff.
        let is_scarce = limits.answers.is_some() && recent.enrolled_version.is_some();
        let is_dear = handed.share.is_none() || is_scarce;
        if is_dear && !handed.counts(&recent) {
            return Err(Error::OlderVersion(handed.number, recent.present_version()));
        }
        // One at a time, so that the staff is not given a second one while they read the first.
        if handed.share.is_none() && store::is_queued(&txn, exercise, user).await? {
            return Err(Error::GradingPending);
        }
        let hints = count_taken_hints(&txn, limits, exercise, user).await?;
        let submission = handed.submission(self.env.id(), user, (&recent, limits), hints, now);
        store::insert(&txn, &submission).await?;
        if open.is_some() {
            open_attempts::delete(&txn, exercise, user).await?;
        }
        self.publish_answer(&txn, operation, &submission).await?;
        let standing = limits.standing(Tried {
            attempts: submission.attempt,
            passed: submission.passed || recent.passed,
            is_answering: false,
        });
        let seed = &handed.course.seed;
        let body = Some(&handed.asked.body);
        let mut view = SubmissionView::new(submission, body, Ids { seed, exercise }, standing);
        view.prompt = handed.prompt();
        let kept = idempotency::keep(&txn, operation, view).await?;
        txn.commit().await?;
        Ok(kept)
    }

    /// What does not depend on earlier answers, and what the answer is worth.
    async fn prepare(
        &self,
        learner: &Caller,
        exercise: ExerciseId,
        new: &SubmitAnswer,
    ) -> Result<(HandIn, Result<Option<Share>, Vec<FieldFault>>), Error> {
        let (course, number, asked) = self.published(learner, exercise, new.version).await?;
        let is_drawn = asked.body.is_drawn();
        if is_drawn && new.attempt.is_none() {
            let message = "must be given, because the task changes with each attempt; GET /api/v1/exercises/{exercise} shows the number";
            let fault = FieldFault::new("/attempt", "required", message);
            return Err(Error::Invalid("course.answer_invalid", vec![fault]));
        }
        let attempt = new.attempt.unwrap_or(1);
        let asked = drawn(asked, &course.seed, learner.user_id, attempt);
        let ids = Ids {
            seed: &course.seed,
            exercise,
        };
        let marked = mark(&asked.body.question, &new.answer, ids);
        let version = self.publishing.version(course.id, number).await?;
        let handed = HandIn {
            course,
            number,
            asked,
            answer: Some(new.answer.clone()),
            share: None,
            was_started: false,
            retry_percent: version.meta.course.retry_percent,
            note: None,
            is_drawn,
        };
        Ok((handed, marked))
    }

    /// An exercise as it was published, of the version that is asked for, or the learner's own.
    pub(super) async fn published(
        &self,
        learner: &Caller,
        exercise: ExerciseId,
        version: Option<i64>,
    ) -> Result<(Arc<CourseRecord>, i64, Arc<VersionExercise>), Error> {
        let query = EditionQuery {
            version,
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
        Ok((course, number, asked.ok_or(Error::NotFound("exercise"))?))
    }
}

/// The limits that hold for an answer to an exercise of a version.
pub(super) async fn binding_limits(
    txn: &Transaction,
    (course, number): (CourseId, i64),
    asked: &VersionExercise,
    recent: &Recent,
) -> Result<Limits, Error> {
    // Another process may have published a stricter version a moment ago.
    if number == recent.present_version() {
        return Ok(Limits::of(&asked.body, None));
    }
    let place = (course, recent.binding_version);
    limits(txn, place, asked.exercise_id, &asked.body).await
}

/// Whether a learner may make another attempt.
pub(super) fn check_turn(recent: &Recent, limits: Limits, now: DateTime<Utc>) -> Result<(), Error> {
    let used = recent.last_attempt;
    if let Some(allowed) = limits.answers.filter(|allowed| used >= *allowed) {
        return Err(Error::AttemptsExhausted(allowed));
    }
    if recent.submissions >= MAX_SUBMISSIONS_OF_DAY || recent.bytes >= MAX_ANSWER_BYTES_OF_DAY {
        let oldest = recent.oldest.unwrap_or(now);
        return Err(Error::TooManySubmissions(oldest + DAY - now));
    }
    Ok(())
}

/// Whether a learner has waited long enough since their last attempt.
pub(super) async fn check_cooldown(
    txn: &Transaction,
    limits: Limits,
    (exercise, learner): (ExerciseId, UserId),
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let Some(wait) = limits.cooldown else {
        return Ok(());
    };
    let last = store::last_attempt_at(txn, exercise, learner).await?;
    match last.map(|last| last + wait).filter(|end| now < *end) {
        Some(end) => Err(Error::CoolingDown(end - now)),
        None => Ok(()),
    }
}

/// Whether the time of an attempt is not over, and the answer is one to its version.
fn check_time(started: &OpenAttempt, number: i64, now: DateTime<Utc>) -> Result<(), Error> {
    if started.is_over(now) {
        return Err(Error::TimeOver);
    }
    match started.number == number {
        true => Ok(()),
        false => Err(Error::AttemptOpen(started.number)),
    }
}
