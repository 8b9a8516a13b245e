//! Achievements and who has earned them.

mod scopes;

use chrono::{DateTime, Utc};
use kernel::{AchievementId, CourseId, Key, Page, PageRequest, Place, UserId};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use uuid::Uuid;

use crate::domain::{Achievement, Rule, RuleScope};
use crate::entity::{achievement, earned_achievement};
use crate::error::Error;
use crate::store::Exported;

pub(crate) use scopes::list_course_totals;

/// An achievement that somebody has earned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EarnedRecord {
    pub(crate) achievement: AchievementId,
    pub(crate) points: i32,
    pub(crate) at: DateTime<Utc>,
}

/// What a learner can still earn, of what counts everywhere, in this course, and under any tag; of everything where no
/// course is given.
pub(crate) async fn list_not_earned(
    db: &impl ConnectionTrait,
    learner: UserId,
    course: Option<CourseId>,
) -> Result<Vec<Achievement>, Error> {
    let earned = Query::select()
        .column(earned_achievement::Column::AchievementId)
        .from(earned_achievement::Entity)
        .and_where(earned_achievement::Column::LearnerId.eq(learner.uuid()))
        .to_owned();
    let mut select = achievement::Entity::find()
        .filter(achievement::Column::RetiredAt.is_null())
        .filter(achievement::Column::Id.not_in_subquery(earned));
    if let Some(course) = course {
        let counts = Condition::any()
            .add(achievement::Column::CourseId.is_null())
            .add(achievement::Column::CourseId.eq(course.uuid()));
        select = select.filter(counts);
    }
    let rows = select
        .order_by_asc(achievement::Column::Position)
        .order_by_asc(achievement::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(Achievement::try_from).collect()
}

/// Whether an achievement can still be earned; it stays so until the commit.
pub(crate) async fn hold(
    db: &impl ConnectionTrait,
    achievement: AchievementId,
) -> Result<bool, Error> {
    let found = achievement::Entity::find_by_id(achievement.uuid())
        .filter(achievement::Column::RetiredAt.is_null())
        .lock_shared()
        .one(db)
        .await?;
    Ok(found.is_some())
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
    rows.into_iter().map(Achievement::try_from).collect()
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

impl TryFrom<achievement::Model> for Achievement {
    type Error = Error;

    fn try_from(row: achievement::Model) -> Result<Self, Error> {
        let unreadable =
            |error: strum::ParseError| Error::Unreadable(serde::de::Error::custom(error));
        let scope = match (row.course_id, row.tag) {
            (Some(course), _) => RuleScope::Course(course.into()),
            (None, Some(tag)) => RuleScope::Tag(tag),
            (None, None) => RuleScope::Everything,
        };
        Ok(Self {
            id: row.id.into(),
            position: row.position,
            name: row.name,
            description: row.description,
            tier: row.tier.parse().map_err(unreadable)?,
            points: row.points,
            rule: Rule {
                metric: row.metric.parse().map_err(unreadable)?,
                threshold: row.threshold,
                scope,
            },
            retired_at: row.retired_at,
            revision: row.revision,
        })
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
