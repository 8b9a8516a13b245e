//! What a learner may do with an exercise next.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{ExerciseId, UserId};

use super::Service;
use super::limits::{Limits, binding_exercises};
use crate::assessment::store::{self, LastAttempt, OpenAttempt, Tried, open_attempts, taken_hints};
use crate::authoring::CourseRecord;
use crate::enrollments;
use crate::error::Error;
use crate::publishing::VersionExercise;

/// What a learner may do with an exercise next.
#[derive(Debug, Clone, Default)]
pub(crate) struct Turn {
    /// How often they may still answer; `None` when there is no limit.
    pub(crate) attempts_left: Option<i32>,
    /// The number of the next attempt, or of the last one when none is left.
    pub(crate) attempt: i32,
    /// When they may answer again, if they have to wait.
    pub(crate) opens_at: Option<DateTime<Utc>>,
    /// When the time of the attempt that they have begun is over.
    pub(crate) expires_at: Option<DateTime<Utc>>,
    /// The percentage of the points that each hint costs.
    pub(crate) hint_cost: Option<i32>,
    /// The hints that they have taken, where hints cost points.
    pub(crate) taken_hints: Vec<i32>,
    /// Whether they have passed, or have no attempt left, so that nothing costs anything any more.
    pub(crate) is_over: bool,
    /// Whether they see the prompt and the task only once they have begun an attempt.
    pub(crate) is_closed: bool,
}

impl Service {
    /// The turns of a learner at exercises of a version; none for those that may always be answered.
    pub(crate) async fn turns(
        &self,
        learner: UserId,
        (course, number): (&CourseRecord, i64),
        exercises: &[VersionExercise],
    ) -> Result<HashMap<ExerciseId, Turn>, Error> {
        let db = self.database.read();
        let ids: Vec<ExerciseId> = exercises.iter().map(|one| one.exercise_id).collect();
        let mut binding = HashMap::new();
        if course.published_version > 1 {
            let own = enrollments::binding_version_of(db, course.id, learner).await?;
            if own.unwrap_or(course.published_version) != number {
                binding = binding_exercises(db, (course.id, own), &ids).await?;
            }
        }
        let limits = |one: &VersionExercise| Limits::of(&one.body, binding.get(&one.exercise_id));
        let is_free = |one: &VersionExercise| {
            let limits = limits(one);
            limits.answers.is_none()
                && limits.cooldown.is_none()
                && limits.time.is_none()
                && !one.body.is_drawn()
                && limits.hint_cost.is_none()
        };
        if exercises.iter().all(is_free) {
            return Ok(HashMap::new());
        }
        let last = store::last_attempts(db, &ids, learner).await?;
        let mut open = HashMap::new();
        // One that was started in another version counts too, which may have a time limit where this one has none.
        let is_timed = |one: &VersionExercise| limits(one).time.is_some();
        if course.published_version > 1 || exercises.iter().any(is_timed) {
            let found = open_attempts::of_learner(db, &ids, learner).await?;
            let timed = found.into_iter().filter(OpenAttempt::is_timed);
            open.extend(timed.map(|open| (open.exercise_id, open)));
        }
        let mut taken = HashMap::new();
        if exercises.iter().any(|one| limits(one).hint_cost.is_some()) {
            taken = taken_hints::of_learner(db, &ids, learner).await?;
        }
        let now = self.env.now();
        let turns = exercises.iter().filter(|one| !is_free(one)).map(|one| {
            let id = one.exercise_id;
            let done = (last.get(&id), open.get(&id));
            let mut turn = turn(limits(one), done, (number, now));
            turn.taken_hints = taken.remove(&id).unwrap_or_default();
            (id, turn)
        });
        Ok(turns.collect())
    }
}

fn turn(
    limits: Limits,
    (last, started): (Option<&LastAttempt>, Option<&OpenAttempt>),
    (number, now): (i64, DateTime<Utc>),
) -> Turn {
    let used = last.map_or(0, |last| last.attempt);
    let running = started.filter(|open| open.number == number && !open.is_over(now));
    let opens_at = last.zip(limits.cooldown).map(|(last, wait)| last.at + wait);
    let standing = limits.standing(Tried {
        attempts: used,
        passed: last.is_some_and(|last| last.passed),
        is_answering: started.is_some(),
    });
    let is_over = standing.is_over;
    let last_allowed = limits.answers.filter(|_| started.is_none());
    Turn {
        attempts_left: standing.attempts_left,
        attempt: last_allowed.unwrap_or(i32::MAX).min(used + 1),
        opens_at: opens_at.filter(|end| now < *end && started.is_none()),
        expires_at: running.and_then(|open| open.expires_at),
        hint_cost: limits.hint_cost,
        taken_hints: Vec::new(),
        is_over,
        is_closed: limits.time.is_some() && running.is_none() && !is_over,
    }
}
