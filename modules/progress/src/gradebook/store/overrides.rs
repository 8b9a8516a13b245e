//! Grades that the staff has set, with their history.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kernel::{CourseId, ExerciseId, Place, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
    QuerySelect, Set,
};
use serde::Serialize;
use uuid::Uuid;

use crate::domain::Points;
use crate::entity::grade_override::{ActiveModel, Column, Entity, Model};
use crate::error::Error;
use crate::store::Exported;

/// The most changes that are shown.
const SHOWN: u64 = 200;

/// A change of a grade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OverrideRecord {
    pub(crate) id: Uuid,
    pub(crate) course: CourseId,
    pub(crate) learner: UserId,
    pub(crate) exercise: ExerciseId,
    pub(crate) number: i32,
    pub(crate) from_score: Option<i32>,
    pub(crate) score: Option<i32>,
    pub(crate) max_score: i32,
    pub(crate) reason: String,
    pub(crate) changed_by: Option<UserId>,
    pub(crate) changed_at: DateTime<Utc>,
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    change: &OverrideRecord,
) -> Result<(), Error> {
    let row = ActiveModel {
        id: Set(change.id),
        course_id: Set(change.course.uuid()),
        learner_id: Set(change.learner.uuid()),
        exercise_id: Set(change.exercise.uuid()),
        number: Set(change.number),
        from_score: Set(change.from_score),
        score: Set(change.score),
        max_score: Set(change.max_score),
        reason: Set(change.reason.clone()),
        changed_by: Set(change.changed_by.map(Into::into)),
        changed_at: Set(change.changed_at),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// The last change of a grade.
pub(crate) async fn find_last(
    db: &impl ConnectionTrait,
    course: CourseId,
    learner: UserId,
    exercise: ExerciseId,
) -> Result<Option<OverrideRecord>, Error> {
    let row = Entity::find()
        .filter(Column::CourseId.eq(course.uuid()))
        .filter(Column::LearnerId.eq(learner.uuid()))
        .filter(Column::ExerciseId.eq(exercise.uuid()))
        .order_by_desc(Column::Number)
        .one(db)
        .await?;
    Ok(row.map(OverrideRecord::from))
}

/// How often a grade was set since `moment`, and when that was first.
pub(crate) async fn count_since(
    db: &impl ConnectionTrait,
    (course, learner, exercise): (CourseId, UserId, ExerciseId),
    moment: DateTime<Utc>,
) -> Result<(u64, Option<DateTime<Utc>>), Error> {
    let counted: Option<(i64, Option<DateTime<Utc>>)> = Entity::find()
        .select_only()
        .expr(Column::Id.count())
        .expr(Column::ChangedAt.min())
        .filter(Column::CourseId.eq(course.uuid()))
        .filter(Column::LearnerId.eq(learner.uuid()))
        .filter(Column::ExerciseId.eq(exercise.uuid()))
        .filter(Column::Score.is_not_null())
        .filter(Column::ChangedAt.gt(moment))
        .into_tuple()
        .one(db)
        .await?;
    let (count, first) = counted.unwrap_or_default();
    Ok((u64::try_from(count).unwrap_or_default(), first))
}

/// What holds for some learners of a course.
pub(crate) async fn list_present(
    db: &impl ConnectionTrait,
    course: CourseId,
    learners: &[UserId],
) -> Result<BTreeMap<UserId, BTreeMap<ExerciseId, Points>>, Error> {
    let same = |column: Column| Expr::col(("later", column)).equals((Entity, column));
    let later = Query::select()
        .expr(Expr::val(1))
        .from_as(Entity, "later")
        .and_where(same(Column::CourseId))
        .and_where(same(Column::LearnerId))
        .and_where(same(Column::ExerciseId))
        .and_where(Expr::col(("later", Column::Number)).gt(Expr::col((Entity, Column::Number))))
        .to_owned();
    let ids = learners.iter().map(|learner| learner.uuid());
    let rows = Entity::find()
        .filter(Column::CourseId.eq(course.uuid()))
        .filter(Column::LearnerId.is_in(ids))
        .filter(Expr::exists(later).not())
        .all(db)
        .await?;
    let mut present: BTreeMap<UserId, BTreeMap<ExerciseId, Points>> = BTreeMap::new();
    for row in rows {
        if let Some(score) = row.score {
            let most = row.max_score;
            let of_learner = present.entry(row.learner_id.into()).or_default();
            of_learner.insert(row.exercise_id.into(), Points { score, most });
        }
    }
    Ok(present)
}

/// The newest changes of the grades of a learner, the last one first.
pub(crate) async fn list_changes(
    db: &impl ConnectionTrait,
    course: CourseId,
    learner: UserId,
) -> Result<Vec<OverrideRecord>, Error> {
    let rows = Entity::find()
        .filter(Column::CourseId.eq(course.uuid()))
        .filter(Column::LearnerId.eq(learner.uuid()))
        .order_by_desc(Column::ChangedAt)
        .order_by_desc(Column::Number)
        .order_by_desc(Column::Id)
        .limit(SHOWN)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(OverrideRecord::from).collect())
}

/// A grade as the export of whoever has set it shows it, which is not about the learner.
#[derive(FromQueryResult, Serialize)]
struct SetGrade {
    id: Uuid,
    course_id: Uuid,
    changed_at: DateTime<Utc>,
}

pub(crate) async fn export(db: &impl ConnectionTrait, user: UserId, place: &Place) -> Exported {
    let theirs = Entity::find().filter(Column::LearnerId.eq(user.uuid()));
    let cursor = theirs.cursor_by(Column::Id);
    Ok(database::export_after(db, cursor, place, |row| row.id).await?)
}

/// The grades that a user has set for others, by id.
pub(crate) async fn export_set(db: &impl ConnectionTrait, user: UserId, place: &Place) -> Exported {
    let theirs = Entity::find()
        .filter(Column::ChangedBy.eq(user.uuid()))
        .select_only()
        .columns([Column::Id, Column::CourseId, Column::ChangedAt]);
    let cursor = theirs.cursor_by(Column::Id).into_model::<SetGrade>();
    Ok(database::export_after(db, cursor, place, |row| row.id).await?)
}

/// Deletes what was set for a learner; returns how many changes there were.
pub(crate) async fn delete_of(db: &impl ConnectionTrait, learner: UserId) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::LearnerId.eq(learner.uuid())).await?)
}

/// Takes a user off the grades that they have set for others, which stay; returns how many.
pub(crate) async fn forget_author(db: &impl ConnectionTrait, user: UserId) -> Result<u64, Error> {
    let done = Entity::update_many()
        .col_expr(Column::ChangedBy, Expr::value(None::<Uuid>))
        .filter(Column::ChangedBy.eq(user.uuid()))
        .exec(db)
        .await?;
    Ok(done.rows_affected)
}

impl From<Model> for OverrideRecord {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            course: row.course_id.into(),
            learner: row.learner_id.into(),
            exercise: row.exercise_id.into(),
            number: row.number,
            from_score: row.from_score,
            score: row.score,
            max_score: row.max_score,
            reason: row.reason,
            changed_by: row.changed_by.map(Into::into),
            changed_at: row.changed_at,
        }
    }
}
