//! The append-only log.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{ActivityId, CourseId, EnrollmentId, UserId};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Set,
};
use serde_json::{Value, json};

use crate::entity::activity::{ActiveModel, Column, Entity, Model};
use crate::error::Error;
use crate::service::fold::{Fact, Occurrence};

const SCHEMA_VERSION: i32 = 1;

/// One fact as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: ActivityId,
    pub(crate) stream: EnrollmentId,
    pub(crate) version: i64,
    pub(crate) learner: UserId,
    pub(crate) course: CourseId,
    pub(crate) occurrence: Occurrence,
    pub(crate) recorded_at: DateTime<Utc>,
    pub(crate) day: NaiveDate,
    pub(crate) actor: Option<UserId>,
}

/// How often each kind of fact happened on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DayCount {
    pub(crate) day: NaiveDate,
    pub(crate) kind: String,
    pub(crate) count: i64,
}

pub(crate) async fn append(db: &impl ConnectionTrait, entry: &Entry) -> Result<(), Error> {
    let mut value = serde_json::to_value(&entry.occurrence.fact)?;
    let source = match &entry.occurrence.fact {
        Fact::ExerciseGraded(grade) => Some(grade.source()),
        _ => None,
    };
    let row = ActiveModel {
        id: Set(entry.id.uuid()),
        stream: Set(entry.stream.uuid()),
        version: Set(entry.version),
        learner_id: Set(entry.learner.uuid()),
        course_id: Set(entry.course.uuid()),
        kind: Set(value["type"].as_str().unwrap_or_default().to_owned()),
        schema_version: Set(SCHEMA_VERSION),
        payload: Set(value["payload"].take().to_string()),
        source: Set(source),
        occurred_at: Set(entry.occurrence.at),
        recorded_at: Set(entry.recorded_at),
        day: Set(entry.day),
        actor: Set(entry.actor.map(Into::into)),
        ..Default::default()
    };
    row.insert(db).await?;
    Ok(())
}

/// Whether a stream holds a fact that was made of `source`.
pub(crate) async fn has_source(
    db: &impl ConnectionTrait,
    stream: EnrollmentId,
    source: &str,
) -> Result<bool, Error> {
    let found = Entity::find()
        .filter(Column::Stream.eq(stream.uuid()))
        .filter(Column::Source.eq(source))
        .count(db)
        .await?;
    Ok(found > 0)
}

/// All that a learner did, in the order in which it was recorded.
pub(crate) async fn list_of(
    db: &impl ConnectionTrait,
    learner: UserId,
) -> Result<Vec<Entry>, Error> {
    let rows = Entity::find()
        .filter(Column::LearnerId.eq(learner.uuid()))
        .order_by_asc(Column::GlobalSeq)
        .all(db)
        .await?;
    rows.into_iter().map(entry).collect()
}

pub(crate) async fn count_days(
    db: &impl ConnectionTrait,
    learner: UserId,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<DayCount>, Error> {
    let rows: Vec<(NaiveDate, String, i64)> = Entity::find()
        .select_only()
        .column(Column::Day)
        .column(Column::Kind)
        .column_as(Expr::col(Column::GlobalSeq).count(), "count")
        .filter(Column::LearnerId.eq(learner.uuid()))
        .filter(Column::Day.gte(from))
        .filter(Column::Day.lte(to))
        .group_by(Column::Day)
        .group_by(Column::Kind)
        .order_by_asc(Column::Day)
        .into_tuple()
        .all(db)
        .await?;
    let counts = rows.into_iter();
    Ok(counts
        .map(|(day, kind, count)| DayCount { day, kind, count })
        .collect())
}

/// Deletes all of a learner's; returns how many there were.
pub(crate) async fn delete_of(db: &impl ConnectionTrait, learner: UserId) -> Result<u64, Error> {
    let deleted = Entity::delete_many()
        .filter(Column::LearnerId.eq(learner.uuid()))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}

fn entry(row: Model) -> Result<Entry, Error> {
    let payload: Value = serde_json::from_str(&row.payload)?;
    let fact: Fact = serde_json::from_value(json!({ "type": row.kind, "payload": payload }))?;
    Ok(Entry {
        id: row.id.into(),
        stream: row.stream.into(),
        version: row.version,
        learner: row.learner_id.into(),
        course: row.course_id.into(),
        occurrence: Occurrence {
            fact,
            at: row.occurred_at,
        },
        recorded_at: row.recorded_at,
        day: row.day,
        actor: row.actor.map(Into::into),
    })
}
