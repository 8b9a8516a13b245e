//! Which achievements are still to be given to those who have reached them.

use chrono::{DateTime, Utc};
use kernel::{AchievementId, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};

use crate::entity::achievement_evaluation::{ActiveModel, Column, Entity, Model};
use crate::error::Error;
use crate::store;

/// That an achievement is being given to those who have reached it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EvaluationRecord {
    pub(crate) achievement: AchievementId,
    pub(crate) requested_at: DateTime<Utc>,
    /// The last learner who was looked at.
    pub(crate) after: Option<UserId>,
}

/// Asks for all learners to be looked at, from the first on.
pub(crate) async fn request(
    db: &impl ConnectionTrait,
    achievement: AchievementId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let row = ActiveModel {
        achievement_id: Set(achievement.uuid()),
        requested_at: Set(now),
        tried_at: Set(now),
        after: Set(None),
    };
    store::upsert(db, vec![row]).await
}

/// A few of those that go on, the longest waiting first.
pub(crate) async fn due(db: &impl ConnectionTrait) -> Result<Vec<EvaluationRecord>, Error> {
    let rows: Vec<Model> = Entity::find()
        .order_by_asc(Column::TriedAt)
        .order_by_asc(Column::AchievementId)
        .limit(20)
        .all(db)
        .await?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|row| EvaluationRecord {
            achievement: row.achievement_id.into(),
            requested_at: row.requested_at,
            after: row.after.map(UserId::from),
        })
        .collect())
}

/// Puts an evaluation behind all others.
pub(crate) async fn defer(
    db: &impl ConnectionTrait,
    evaluation: &EvaluationRecord,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::TriedAt, Expr::value(now))
        .filter(Column::AchievementId.eq(evaluation.achievement.uuid()))
        .filter(Column::RequestedAt.eq(evaluation.requested_at))
        .exec(db)
        .await?;
    Ok(())
}

/// Notes up to whom learners were looked at, unless it was requested again meanwhile.
pub(crate) async fn advance(
    db: &impl ConnectionTrait,
    evaluation: &EvaluationRecord,
    last: UserId,
) -> Result<(), Error> {
    Entity::update_many()
        .col_expr(Column::After, Expr::value(Some(last.uuid())))
        .filter(Column::AchievementId.eq(evaluation.achievement.uuid()))
        .filter(Column::RequestedAt.eq(evaluation.requested_at))
        .exec(db)
        .await?;
    Ok(())
}

/// Ends an evaluation, unless it was requested again meanwhile.
pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    evaluation: &EvaluationRecord,
) -> Result<(), Error> {
    Entity::delete_by_id(evaluation.achievement.uuid())
        .filter(Column::RequestedAt.eq(evaluation.requested_at))
        .exec(db)
        .await?;
    Ok(())
}
