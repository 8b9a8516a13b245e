//! Achievements and who has earned them.

use chrono::{DateTime, Utc};
use kernel::{AchievementId, Key, Page, PageRequest, Place, UserId};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use uuid::Uuid;

use crate::domain::Achievement;
use crate::entity::{achievement, earned_achievement};
use crate::error::Error;
use crate::store::Exported;

/// An achievement that somebody has earned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EarnedRecord {
    pub(crate) achievement: AchievementId,
    pub(crate) points: i32,
    pub(crate) at: DateTime<Utc>,
}

/// What a learner has not earned yet.
pub(crate) async fn list_not_earned(
    db: &impl ConnectionTrait,
    learner: UserId,
) -> Result<Vec<Achievement>, Error> {
    let earned = Query::select()
        .column(earned_achievement::Column::AchievementId)
        .from(earned_achievement::Entity)
        .and_where(earned_achievement::Column::LearnerId.eq(learner.uuid()))
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
    page_request: &PageRequest,
) -> Result<Page<Achievement>, Error> {
    let sorts = [database::Sort::asc(Expr::col(
        achievement::Column::Position,
    ))];
    let keys = |row: &achievement::Model| vec![Key::Int(row.position)];
    let all = achievement::Entity::find();
    let page = database::page(db, all, &sorts, page_request, keys).await?;
    Ok(page.map(Achievement::from))
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
pub(crate) async fn insert_earned(
    db: &impl ConnectionTrait,
    learner: UserId,
    achievement: &Achievement,
    at: DateTime<Utc>,
) -> Result<(), Error> {
    use earned_achievement::{ActiveModel, Entity};
    let row = ActiveModel {
        learner_id: Set(learner.uuid()),
        achievement_id: Set(achievement.id.uuid()),
        points: Set(achievement.points),
        earned_at: Set(at),
    };
    Entity::insert(row)
        .on_conflict_do_nothing()
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// What a learner has earned, the newest first.
pub(crate) async fn list_earned(
    db: &impl ConnectionTrait,
    learner: UserId,
    page_request: &PageRequest,
) -> Result<Page<EarnedRecord>, Error> {
    use earned_achievement::{Column, Entity, Model};
    let sorts = [
        database::Sort::desc(Expr::col(Column::EarnedAt)),
        database::Sort::asc(Expr::col(Column::AchievementId)),
    ];
    let keys = |row: &Model| vec![Key::Time(row.earned_at), Key::Id(row.achievement_id)];
    let theirs = Entity::find().filter(Column::LearnerId.eq(learner.uuid()));
    let page = database::page(db, theirs, &sorts, page_request, keys).await?;
    Ok(page.map(EarnedRecord::from))
}

/// All that a learner has earned.
pub(crate) async fn earned_of(
    db: &impl ConnectionTrait,
    learner: UserId,
) -> Result<Vec<EarnedRecord>, Error> {
    use earned_achievement::{Column, Entity};
    let theirs = Entity::find().filter(Column::LearnerId.eq(learner.uuid()));
    let rows = theirs.all(db).await?;
    Ok(rows.into_iter().map(EarnedRecord::from).collect())
}

/// Takes all that a learner has earned; returns how much that was.
pub(crate) async fn delete_of(db: &impl ConnectionTrait, learner: UserId) -> Result<u64, Error> {
    use earned_achievement::{Column, Entity};
    Ok(database::delete_where::<Entity>(db, Column::LearnerId.eq(learner.uuid())).await?)
}

pub(crate) async fn export(db: &impl ConnectionTrait, user: UserId, place: &Place) -> Exported {
    use earned_achievement::{Column, Entity};
    let theirs = Entity::find().filter(Column::LearnerId.eq(user.uuid()));
    let cursor = theirs.cursor_by(Column::AchievementId);
    Ok(database::export_after(db, cursor, place, |row| row.achievement_id).await?)
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

impl From<earned_achievement::Model> for EarnedRecord {
    fn from(row: earned_achievement::Model) -> Self {
        Self {
            achievement: row.achievement_id.into(),
            points: row.points,
            at: row.earned_at,
        }
    }
}
