//! Attempts that are begun, saved while they are worked on, and handed in when their time is over.

use kernel::{Caller, ExerciseId, Operation, UserId};

use super::Service;
use super::drawn::drawn;
use super::hand_in::{HandIn, NOTHING_SAVED, SAVED};
use super::limits::count_taken_hints;
use super::submit::{DAY, binding_limits, check_cooldown, check_turn};
use crate::assessment::request::{ReadAttempt, SaveAttempt};
use crate::assessment::store::{self, OpenAttempt, open_attempts, taken_hints};
use crate::assessment::view::AttemptView;
use crate::domain::bounds::MAX_OPEN_ATTEMPTS;
use crate::domain::grading::{kind_fault, mark, nothing};
use crate::domain::{Answer, Ids};
use crate::error::Error;

/// How many times a hundred attempts are handed in before anything else has its turn.
const ROUNDS: usize = 20;

impl Service {
    /// Begins an attempt, or goes on with the one that was begun; says whether it is new.
    pub(crate) async fn start_attempt(
        &self,
        learner: &Caller,
        operation: &Operation,
        exercise: ExerciseId,
        query: &ReadAttempt,
    ) -> Result<(AttemptView, bool), Error> {
        match self.try_start(learner, operation, exercise, query).await {
            // Another request of the same learner has begun it a moment ago.
            Err(Error::Storage(error)) if database::is_unique_violation(&error) => {
                self.try_start(learner, operation, exercise, query).await
            }
            done => done,
        }
    }

    async fn try_start(
        &self,
        learner: &Caller,
        operation: &Operation,
        exercise: ExerciseId,
        query: &ReadAttempt,
    ) -> Result<(AttemptView, bool), Error> {
        let user = learner.user_id;
        let (course, number, asked) = self.published(learner, exercise, query.version).await?;
        let txn = self.database.begin_private().await?;
        let now = operation.moment(self.env.now());
        let recent = store::recent(&txn, (course.id, exercise), user, now - DAY).await?;
        let limits = binding_limits(&txn, (course.id, number), &asked, &recent).await?;
        let before = open_attempts::find_for_change(&txn, exercise, user).await?;
        match &before {
            // Its end is not decided by whoever asks, because a clock may have jumped.
            Some(open) if open.is_over(now) => return Err(Error::TimeOver),
            Some(open) if open.number == number && open.is_timed() == limits.time.is_some() => {
                return Ok((open.clone().into(), false));
            }
            Some(open) if open.is_timed() => return Err(Error::AttemptOpen(open.number)),
            _ => {}
        }
        if number < recent.present_version() {
            return Err(Error::OlderVersion(number, recent.present_version()));
        }
        check_turn(&recent, limits, now)?;
        check_cooldown(&txn, limits, (exercise, user), now).await?;
        let for_staff = asked.body.question.is_graded_by_staff();
        if for_staff && store::is_queued(&txn, exercise, user).await? {
            return Err(Error::GradingPending);
        }
        match before.is_some() {
            true => open_attempts::delete(&txn, exercise, user).await?,
            false if open_attempts::count(&txn, user).await? >= MAX_OPEN_ATTEMPTS => {
                return Err(Error::TooManyOpen);
            }
            false => {}
        }
        let open = OpenAttempt {
            learner_id: user,
            exercise_id: exercise,
            course_id: course.id,
            number,
            attempt: recent.last_attempt + 1,
            started_at: now,
            expires_at: limits.time.map(|time| now + time),
            // What was saved without a limit, or for another version, is not lost.
            saved_at: before.as_ref().and_then(|before| before.saved_at),
            answer: before.and_then(|before| before.answer),
        };
        open_attempts::insert(&txn, &open).await?;
        txn.commit().await?;
        Ok((open.into(), true))
    }

    /// Keeps that a learner has taken a hint that costs points.
    pub(crate) async fn take_hint(
        &self,
        learner: &Caller,
        operation: &Operation,
        exercise: ExerciseId,
        number: i32,
    ) -> Result<(), Error> {
        let txn = self.database.begin_private().await?;
        let now = operation.moment(self.env.now());
        taken_hints::insert(&txn, (exercise, number), learner.user_id, now).await?;
        Ok(txn.commit().await?)
    }

    pub(crate) async fn find_attempt(
        &self,
        learner: &Caller,
        exercise: ExerciseId,
    ) -> Result<AttemptView, Error> {
        let open = open_attempts::find(self.database.read(), exercise, learner.user_id).await?;
        let open = open.filter(|open| !open.is_over(self.env.now()));
        Ok(open.ok_or(Error::NotStarted)?.into())
    }

    /// Keeps what was answered so far, which need not be complete.
    pub(crate) async fn save_attempt(
        &self,
        learner: &Caller,
        operation: &Operation,
        exercise: ExerciseId,
        new: SaveAttempt,
    ) -> Result<AttemptView, Error> {
        // What never changes is read before the transaction, which then holds no second connection.
        let found = open_attempts::find(self.database.read(), exercise, learner.user_id).await?;
        let found = found.ok_or(Error::NotStarted)?;
        let content = self.publishing.content();
        let asked = content.exercise(found.course_id, found.number, exercise);
        let asked = asked.await?.ok_or(Error::NotFound("exercise"))?;
        let course = self.authoring.known(&found.course_id.into()).await?;
        let asked = drawn(asked, &course.seed, learner.user_id, found.attempt);
        if let Some(fault) = kind_fault(&asked.body.question, &new.answer) {
            return Err(Error::Invalid("course.answer_invalid", vec![fault]));
        }
        let txn = self.database.begin_private().await?;
        let now = operation.moment(self.env.now());
        let held = open_attempts::find_for_change(&txn, exercise, learner.user_id).await?;
        let mut open = held.ok_or(Error::NotStarted)?;
        if open.is_over(now) {
            return Err(Error::TimeOver);
        }
        open_attempts::save(&txn, &open, &new.answer, now).await?;
        (open.answer, open.saved_at) = (Some(new.answer), Some(now));
        txn.commit().await?;
        Ok(open.into())
    }

    /// Hands in what was saved of the attempts whose time is over; returns how many there were. One that fails
    /// holds up no other.
    pub(crate) async fn hand_in_over(&self) -> Result<u64, Error> {
        let (mut handed_in, mut after) = (0, None);
        for _ in 0..ROUNDS {
            let over = open_attempts::over(self.database.read(), self.env.now(), after).await?;
            after = over.last().copied();
            if over.is_empty() {
                break;
            }
            for (_, learner, exercise) in over {
                match self.hand_in_if_over(exercise, learner).await {
                    Ok(done) => handed_in += u64::from(done),
                    Err(error) => {
                        tracing::warn!(%exercise, %error, "an attempt whose time is over was not handed in; trying it again");
                    }
                }
            }
        }
        Ok(handed_in)
    }

    /// Hands in what was saved of an attempt whose time is over, and counts it if that is nothing.
    async fn hand_in_if_over(&self, exercise: ExerciseId, learner: UserId) -> Result<bool, Error> {
        let now = self.env.now();
        let found = open_attempts::find(self.database.read(), exercise, learner).await?;
        let Some(found) = found.filter(|open| open.is_over(now)) else {
            return Ok(false);
        };
        let course = self.authoring.known(&found.course_id.into()).await?;
        let content = self.publishing.content();
        let asked = content.exercise(course.id, found.number, exercise).await?;
        let asked = asked.ok_or(Error::NotFound("exercise"))?;
        let version = self.publishing.version(course.id, found.number).await?;
        let txn = self.database.begin_private().await?;
        // Who holds it first hands it in.
        let held = open_attempts::find_for_change(&txn, exercise, learner).await?;
        let Some(open) = held.filter(|open| open.is_over(now)) else {
            return Ok(false);
        };
        let recent = store::recent(&txn, (course.id, exercise), learner, now - DAY).await?;
        let is_drawn = asked.body.is_drawn();
        let asked = drawn(asked, &course.seed, learner, recent.last_attempt + 1);
        let ids = Ids {
            seed: &course.seed,
            exercise,
        };
        let share = match &open.answer {
            // What was saved last may be half an answer, which is worth nothing, but the staff reads all that is one to
            // their question.
            Some(answer) => mark(&asked.body.question, answer, ids).unwrap_or_else(|_| {
                let question = &asked.body.question;
                let is_read =
                    question.is_graded_by_staff() && kind_fault(question, answer).is_none();
                (!is_read).then(nothing)
            }),
            None => Some(nothing()),
        };
        let handed = HandIn {
            is_drawn,
            was_started: true,
            note: Some(note(open.answer.as_ref())),
            course,
            number: open.number,
            asked,
            answer: open.answer,
            share,
            retry_percent: version.meta.course.retry_percent,
        };
        let operation = Operation::system("expired attempt").by(learner);
        let place = (handed.course.id, handed.number);
        let limits = binding_limits(&txn, place, &handed.asked, &recent).await?;
        let hints = count_taken_hints(&txn, limits, exercise, learner).await?;
        let submission = handed.submission(self.env.id(), learner, (&recent, limits), hints, now);
        store::insert(&txn, &submission).await?;
        open_attempts::delete(&txn, exercise, learner).await?;
        self.publish_answer(&txn, &operation, &submission).await?;
        txn.commit().await?;
        Ok(true)
    }
}

fn note(answer: Option<&Answer>) -> &'static str {
    match answer {
        Some(_) => SAVED,
        None => NOTHING_SAVED,
    }
}
