//! All rows about one person, as they stand, for the export of their account.

use kernel::UserId;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Select};
use serde::Serialize;
use serde_json::{Value, json};

use crate::entity::{activity, early_grade, enrollment, learner, score, unlocked};
use crate::error::Error;

/// A JSON object with a list per kind of record.
pub(crate) async fn gather(db: &impl ConnectionTrait, person: UserId) -> Result<Value, Error> {
    let id = person.uuid();
    let learner = learner::Entity::find_by_id(id);
    let enrollments = enrollment::Entity::find()
        .filter(enrollment::Column::LearnerId.eq(id))
        .order_by_asc(enrollment::Column::EnrolledAt);
    let activity = activity::Entity::find()
        .filter(activity::Column::LearnerId.eq(id))
        .order_by_asc(activity::Column::GlobalSeq);
    let achievements = unlocked::Entity::find()
        .filter(unlocked::Column::LearnerId.eq(id))
        .order_by_asc(unlocked::Column::UnlockedAt);
    let scores = score::Entity::find()
        .filter(score::Column::LearnerId.eq(id))
        .order_by_asc(score::Column::Period);
    let early_grades = early_grade::Entity::find()
        .filter(early_grade::Column::LearnerId.eq(id))
        .order_by_asc(early_grade::Column::GradedAt);
    Ok(json!({
        "learner": rows(db, learner).await?,
        "enrollments": rows(db, enrollments).await?,
        "activity": rows(db, activity).await?,
        "achievements": rows(db, achievements).await?,
        "leaderboards": rows(db, scores).await?,
        "grades_before_enrolment": rows(db, early_grades).await?,
    }))
}

async fn rows<E>(db: &impl ConnectionTrait, select: Select<E>) -> Result<Vec<Value>, Error>
where
    E: EntityTrait<Model: Serialize>,
{
    let rows = select.all(db).await?;
    rows.iter().map(readable).collect()
}

/// What is kept as JSON text is shown as JSON.
fn readable(row: &impl Serialize) -> Result<Value, Error> {
    let mut value = serde_json::to_value(row)?;
    for column in ["payload", "grade"] {
        if let Some(text) = value[column].as_str() {
            value[column] = serde_json::from_str(text)?;
        }
    }
    Ok(value)
}
