//! How often, and how soon again, a learner may answer an exercise.

use std::collections::HashMap;

use chrono::TimeDelta;
use kernel::{CourseId, ExerciseId, UserId};
use sea_orm::ConnectionTrait;

use crate::assessment::store::{Tried, taken_hints};
use crate::assessment::view::Standing;
use crate::domain::ExerciseBody;
use crate::error::Error;
use crate::publishing::{VersionExercise, parts};

/// How often a learner may answer an exercise.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Limits {
    /// In all: another version may be answered, but its limit must not be a way around the one that binds.
    pub(super) answers: Option<i32>,
    /// Of the version that binds the learner, which alone opens the explanation: a stricter version must not
    /// show it before the others are answered.
    pub(super) binding: Option<i32>,
    /// How long to wait between attempts.
    pub(super) cooldown: Option<TimeDelta>,
    /// How long an attempt may take: another version must not show what has to be started here.
    pub(super) time: Option<TimeDelta>,
    /// The percentage of the points that each hint costs: another version must not give for less what costs more here.
    pub(super) hint_cost: Option<i32>,
}

impl Limits {
    pub(super) fn of(asked: &ExerciseBody, binding: Option<&VersionExercise>) -> Self {
        let binding = binding.map_or(asked, |binding| &binding.body);
        let time = asked.time_limit.into_iter().chain(binding.time_limit).min();
        // What the staff grades has no points to lose.
        let costs = asked.hint_cost.into_iter().chain(binding.hint_cost);
        let hint_cost = costs.max().filter(|_| !asked.question.is_graded_by_staff());
        let cooldown = asked.cooldown.into_iter().chain(binding.cooldown).max();
        Self {
            answers: asked.attempts.into_iter().chain(binding.attempts).min(),
            binding: binding.attempts,
            cooldown: cooldown.map(|minutes| TimeDelta::minutes(minutes.into())),
            time: time.map(|minutes| TimeDelta::minutes(minutes.into())),
            hint_cost,
        }
    }

    pub(super) fn standing(self, tried: Tried) -> Standing {
        // An attempt that was started counts, also when a stricter version has come since.
        let least = i32::from(tried.is_answering);
        let left = |allowed: i32| (allowed - tried.attempts).max(least);
        Standing {
            attempts_left: self.answers.map(left),
            is_over: tried.passed || self.binding.map(left) == Some(0),
        }
    }
}

/// The limits of an exercise of a version for a learner, who is on the version `own`.
pub(super) async fn limits(
    db: &impl ConnectionTrait,
    (course, own): (CourseId, Option<i64>),
    exercise: ExerciseId,
    asked: &ExerciseBody,
) -> Result<Limits, Error> {
    let binding = binding_exercises(db, (course, own), &[exercise]).await?;
    Ok(Limits::of(asked, binding.get(&exercise)))
}

/// How many of the hints of an exercise that cost points a learner has taken.
pub(super) async fn count_taken_hints(
    db: &impl ConnectionTrait,
    limits: Limits,
    exercise: ExerciseId,
    learner: UserId,
) -> Result<usize, Error> {
    if limits.hint_cost.is_none() {
        return Ok(0);
    }
    let taken = taken_hints::of_learner(db, &[exercise], learner).await?;
    Ok(taken.get(&exercise).map_or(0, Vec::len))
}

/// The exercises whose limits bind a learner whatever version they answer: those of the version that they are on, or
/// would come back to, or of the newest that has each.
pub(super) async fn binding_exercises(
    db: &impl ConnectionTrait,
    (course, own): (CourseId, Option<i64>),
    ids: &[ExerciseId],
) -> Result<HashMap<ExerciseId, VersionExercise>, Error> {
    match own {
        Some(own) => parts::find_exercises(db, course, own, ids).await,
        None => parts::newest(db, course, ids).await,
    }
}
