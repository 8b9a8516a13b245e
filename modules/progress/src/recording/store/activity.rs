//! The append-only log.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{ActivityId, CourseId, EnrollmentId, Place, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, IntoColumnRef, Query, SimpleExpr};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use serde_json::{Value, json};

use crate::domain::{Fact, Occurrence};
use crate::entity::activity::{ActiveModel, Column, Entity, Model};
use crate::error::Error;
use crate::store::{self, Exported};

const SCHEMA_VERSION: i32 = 1;

/// One fact as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ActivityRecord {
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

pub(crate) async fn append(
    db: &impl ConnectionTrait,
    records: &[ActivityRecord],
) -> Result<(), Error> {
    for part in records.chunks(store::ROWS_AT_ONCE) {
        let rows: Result<Vec<ActiveModel>, Error> = part.iter().map(row).collect();
        Entity::insert_many(rows?)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

fn row(record: &ActivityRecord) -> Result<ActiveModel, Error> {
    let mut value = serde_json::to_value(&record.occurrence.fact)?;
    let source = match &record.occurrence.fact {
        Fact::ExerciseSubmitted { submission, .. } => Some(submission.to_string()),
        Fact::ExerciseGraded(grade) => Some(grade.source()),
        _ => None,
    };
    Ok(ActiveModel {
        id: Set(record.id.uuid()),
        stream: Set(record.stream.uuid()),
        version: Set(record.version),
        learner_id: Set(record.learner.uuid()),
        course_id: Set(record.course.uuid()),
        kind: Set(value["type"].as_str().unwrap_or_default().to_owned()),
        schema_version: Set(SCHEMA_VERSION),
        payload: Set(value["payload"].take().to_string()),
        source: Set(source),
        occurred_at: Set(record.occurrence.at),
        recorded_at: Set(record.recorded_at),
        day: Set(record.day),
        actor: Set(record.actor.map(Into::into)),
        ..Default::default()
    })
}

/// That the stream that `stream` names holds a fact that was made of `source`.
pub(crate) fn has_source(stream: impl IntoColumnRef, source: &str) -> SimpleExpr {
    let made = Query::select()
        .expr(Expr::val(1))
        .from(Entity)
        .and_where(Expr::col((Entity, Column::Stream)).equals(stream))
        .and_where(Expr::col((Entity, Column::Source)).eq(source))
        .to_owned();
    Expr::exists(made)
}

/// All that a learner did, in the order in which it was recorded.
pub(crate) async fn list_of(
    db: &impl ConnectionTrait,
    learner: UserId,
) -> Result<Vec<ActivityRecord>, Error> {
    let rows = Entity::find()
        .filter(Column::LearnerId.eq(learner.uuid()))
        .order_by_asc(Column::GlobalSeq)
        .all(db)
        .await?;
    rows.into_iter().map(record).collect()
}

/// How often a learner has left an enrollment, or was removed, after `since`, and when first.
pub(crate) async fn departures(
    db: &impl ConnectionTrait,
    enrollment: EnrollmentId,
    since: DateTime<Utc>,
) -> Result<(i64, Option<DateTime<Utc>>), Error> {
    let counted = Entity::find()
        .select_only()
        .column_as(Column::GlobalSeq.count(), "count")
        .column_as(Column::RecordedAt.min(), "first")
        .filter(Column::Stream.eq(enrollment.uuid()))
        .filter(Column::Kind.is_in(["unenrolled", "removed"]))
        .filter(Column::RecordedAt.gt(since))
        .into_tuple()
        .one(db)
        .await?;
    Ok(counted.unwrap_or((0, None)))
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
    Ok(database::delete_where::<Entity>(db, Column::LearnerId.eq(learner.uuid())).await?)
}

pub(crate) async fn export(db: &impl ConnectionTrait, user: UserId, place: &Place) -> Exported {
    let theirs = Entity::find().filter(Column::LearnerId.eq(user.uuid()));
    let cursor = theirs.cursor_by(Column::GlobalSeq);
    Ok(database::export_after(db, cursor, place, |row| row.global_seq).await?)
}

pub(super) fn record(row: Model) -> Result<ActivityRecord, Error> {
    let payload: Value = serde_json::from_str(&row.payload)?;
    let fact: Fact = serde_json::from_value(json!({ "type": row.kind, "payload": payload }))?;
    Ok(ActivityRecord {
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
