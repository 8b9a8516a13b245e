//! Achievements and who has earned them.

use chrono::{DateTime, Utc};
use kernel::{AchievementId, CourseId, Key, Page, Slice, UserId};
use sea_orm::sea_query::{Expr, OnConflict, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, Set,
};
use uuid::Uuid;

use crate::entity::{achievement, unlocked};
use crate::error::Error;

/// An achievement and its rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Achievement {
    pub(crate) id: AchievementId,
    pub(crate) position: i64,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) tier: String,
    pub(crate) points: i32,
    pub(crate) metric: String,
    pub(crate) threshold: i64,
    pub(crate) course: Option<CourseId>,
}

/// An achievement that somebody has earned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unlocked {
    pub(crate) achievement: AchievementId,
    pub(crate) points: i32,
    pub(crate) at: DateTime<Utc>,
}

/// What a learner has not earned yet.
pub(crate) async fn list_locked(
    db: &impl ConnectionTrait,
    learner: UserId,
) -> Result<Vec<Achievement>, Error> {
    let earned = Query::select()
        .column(unlocked::Column::AchievementId)
        .from(unlocked::Entity)
        .and_where(unlocked::Column::LearnerId.eq(learner.uuid()))
        .to_owned();
    let rows = achievement::Entity::find()
        .filter(achievement::Column::Id.not_in_subquery(earned))
        .order_by_asc(achievement::Column::Position)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Achievement::from).collect())
}

pub(crate) async fn list(
    db: &impl ConnectionTrait,
    backend: DatabaseBackend,
    slice: &Slice,
) -> Result<Page<Achievement>, Error> {
    let select = achievement::Entity::find();
    let total = match slice.count {
        true => Some(select.clone().count(db).await?),
        false => None,
    };
    let sorts = [database::Sort::asc(Expr::col(
        achievement::Column::Position,
    ))];
    let rows = database::select_after(select, backend, &sorts, slice)
        .all(db)
        .await?;
    let rows = rows.into_iter().map(Achievement::from).collect();
    let mut page = Page::cut(rows, slice, |row: &Achievement| {
        vec![Key::Int(row.position)]
    });
    page.total = total;
    Ok(page)
}

pub(crate) async fn list_by_id(
    db: &impl ConnectionTrait,
    ids: &[AchievementId],
) -> Result<Vec<Achievement>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = achievement::Entity::find()
        .filter(achievement::Column::Id.is_in(ids))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Achievement::from).collect())
}

/// Gives an achievement to a learner who has not got it.
pub(crate) async fn unlock(
    db: &impl ConnectionTrait,
    learner: UserId,
    unlocked: &Unlocked,
) -> Result<(), Error> {
    use unlocked::{ActiveModel, Column, Entity};
    let row = ActiveModel {
        learner_id: Set(learner.uuid()),
        achievement_id: Set(unlocked.achievement.uuid()),
        points: Set(unlocked.points),
        unlocked_at: Set(unlocked.at),
    };
    let known = OnConflict::columns([Column::LearnerId, Column::AchievementId])
        .do_nothing()
        .to_owned();
    Entity::insert(row)
        .on_conflict(known)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// What a learner has earned, the newest first.
pub(crate) async fn list_unlocked(
    db: &impl ConnectionTrait,
    backend: DatabaseBackend,
    learner: UserId,
    slice: &Slice,
) -> Result<Page<Unlocked>, Error> {
    use unlocked::{Column, Entity};
    let select = Entity::find().filter(Column::LearnerId.eq(learner.uuid()));
    let total = match slice.count {
        true => Some(select.clone().count(db).await?),
        false => None,
    };
    let sorts = [
        database::Sort::desc(Expr::col(Column::UnlockedAt)),
        database::Sort::asc(Expr::col(Column::AchievementId)),
    ];
    let rows = database::select_after(select, backend, &sorts, slice)
        .all(db)
        .await?;
    let rows = rows.into_iter().map(Unlocked::from).collect();
    let mut page = Page::cut(rows, slice, |row: &Unlocked| {
        vec![Key::Time(row.at), Key::Id(row.achievement.uuid())]
    });
    page.total = total;
    Ok(page)
}

/// All that a learner has earned.
pub(crate) async fn unlocked_of(
    db: &impl ConnectionTrait,
    learner: UserId,
) -> Result<Vec<Unlocked>, Error> {
    let rows = unlocked::Entity::find()
        .filter(unlocked::Column::LearnerId.eq(learner.uuid()))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Unlocked::from).collect())
}

/// Takes all that a learner has earned; returns how much that was.
pub(crate) async fn delete_of(db: &impl ConnectionTrait, learner: UserId) -> Result<u64, Error> {
    let deleted = unlocked::Entity::delete_many()
        .filter(unlocked::Column::LearnerId.eq(learner.uuid()))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}

impl From<achievement::Model> for Achievement {
    fn from(row: achievement::Model) -> Self {
        Self {
            id: row.id.into(),
            position: row.position,
            name: row.name,
            description: row.description,
            tier: row.tier,
            points: row.points,
            metric: row.metric,
            threshold: row.threshold,
            course: row.course_id.map(Into::into),
        }
    }
}

impl From<unlocked::Model> for Unlocked {
    fn from(row: unlocked::Model) -> Self {
        Self {
            achievement: row.achievement_id.into(),
            points: row.points,
            at: row.unlocked_at,
        }
    }
}
