//! Hints that cost points and that learners have taken.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{ExerciseId, Keyed, Place, UserId};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use uuid::Uuid;

use crate::entity::taken_hint::{ActiveModel, Column, Entity, Model};
use crate::error::Error;

/// Keeps that a learner has taken a hint; once is enough.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    (exercise, number): (ExerciseId, i32),
    learner: UserId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let row = ActiveModel {
        learner_id: Set(learner.uuid()),
        exercise_id: Set(exercise.uuid()),
        number: Set(number),
        taken_at: Set(now),
    };
    Entity::insert(row)
        .on_conflict_do_nothing()
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The numbers of the hints of these exercises that a learner has taken, in order.
pub(crate) async fn of_learner(
    db: &impl ConnectionTrait,
    exercises: &[ExerciseId],
    learner: UserId,
) -> Result<HashMap<ExerciseId, Vec<i32>>, Error> {
    let rows: Vec<Model> = Entity::find()
        .filter(Column::LearnerId.eq(learner.uuid()))
        .filter(Column::ExerciseId.is_in(exercises.iter().map(|id| id.uuid())))
        .order_by_asc(Column::Number)
        .all(db)
        .await?;
    let mut taken: HashMap<ExerciseId, Vec<i32>> = HashMap::new();
    for row in rows {
        taken
            .entry(row.exercise_id.into())
            .or_default()
            .push(row.number);
    }
    Ok(taken)
}

/// The hints that a user has taken, by exercise and number.
pub(crate) async fn export(
    db: &impl ConnectionTrait,
    learner: UserId,
    place: &Place,
) -> Result<Vec<Keyed>, Error> {
    let theirs = Entity::find().filter(Column::LearnerId.eq(learner.uuid()));
    let cursor = theirs.cursor_by((Column::ExerciseId, Column::Number));
    let key = |row: &Model| (row.exercise_id, row.number);
    Ok(database::export_after::<Model, (Uuid, i32)>(db, cursor, place, key).await?)
}

/// Erases which hints a user has taken; returns how many.
pub(crate) async fn erase(db: &impl ConnectionTrait, learner: UserId) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::LearnerId.eq(learner.uuid())).await?)
}
