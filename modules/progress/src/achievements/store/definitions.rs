//! The achievements that there are.

use kernel::{AchievementId, Key, Page, PageRequest, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait,
    Select, Set,
};
use uuid::Uuid;

use crate::domain::{Achievement, RuleScope};
use crate::entity::achievement::{ActiveModel, Column, Entity, Model};
use crate::entity::earned_achievement;
use crate::error::Error;

/// The turn in which achievements get their names.
const TURN: i64 = 0x6770_5f61_6368_6965;

/// What a new name is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NameRecord {
    pub(crate) id: AchievementId,
    pub(crate) position: i64,
    pub(crate) name: String,
    pub(crate) retired: bool,
}

/// Those that can be earned, or those that are retired.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    retired: bool,
    page_request: &PageRequest,
) -> Result<Page<Achievement>, Error> {
    let select = match retired {
        true => Entity::find().filter(Column::RetiredAt.is_not_null()),
        false => Entity::find().filter(Column::RetiredAt.is_null()),
    };
    page_of(db, select, page_request).await
}

/// Those that a learner can earn or has earned.
pub(crate) async fn list_for(
    db: &impl ConnectionTrait,
    learner: UserId,
    page_request: &PageRequest,
) -> Result<Page<Achievement>, Error> {
    use earned_achievement::Column as Of;

    let earned = earned_achievement::Entity::find()
        .select_only()
        .column(Of::AchievementId)
        .filter(Of::LearnerId.eq(learner.uuid()));
    let wanted = Condition::any()
        .add(Column::RetiredAt.is_null())
        .add(Column::Id.in_subquery(earned.into_query()));
    page_of(db, Entity::find().filter(wanted), page_request).await
}

async fn page_of(
    db: &impl ConnectionTrait,
    select: Select<Entity>,
    page_request: &PageRequest,
) -> Result<Page<Achievement>, Error> {
    let sorts = [
        database::Sort::asc(Expr::col(Column::Position)),
        database::Sort::asc(Expr::col(Column::Id)),
    ];
    let keys = |row: &Model| vec![Key::Int(row.position), Key::Id(row.id)];
    let page = database::page(db, select, &sorts, page_request, keys).await?;
    let items: Result<Vec<Achievement>, Error> =
        page.items.into_iter().map(Achievement::try_from).collect();
    Ok(Page {
        items: items?,
        next: page.next,
        prev: page.prev,
        total: page.total,
    })
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    id: AchievementId,
) -> Result<Option<Achievement>, Error> {
    let row = Entity::find_by_id(id.uuid()).one(db).await?;
    row.map(Achievement::try_from).transpose()
}

/// The same, held until the commit: nobody earns it meanwhile.
pub(crate) async fn lock(
    db: &impl ConnectionTrait,
    id: AchievementId,
) -> Result<Option<Achievement>, Error> {
    let row = Entity::find_by_id(id.uuid())
        .lock_exclusive()
        .one(db)
        .await?;
    row.map(Achievement::try_from).transpose()
}

/// The names of all achievements, which nobody else changes until the commit.
pub(crate) async fn lock_names(db: &impl ConnectionTrait) -> Result<Vec<NameRecord>, Error> {
    database::take_turn(db, TURN).await?;
    let rows: Vec<(Uuid, i64, String, bool)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::Position, Column::Name])
        .expr(Column::RetiredAt.is_not_null())
        .into_tuple()
        .all(db)
        .await?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|(id, position, name, retired)| NameRecord {
            id: id.into(),
            position,
            name,
            retired,
        })
        .collect())
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    achievement: &Achievement,
) -> Result<(), Error> {
    Entity::insert(row(achievement))
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn update(
    db: &impl ConnectionTrait,
    achievement: &Achievement,
) -> Result<(), Error> {
    Entity::update_many()
        .set(row(achievement))
        .filter(Column::Id.eq(achievement.id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Whether somebody has earned it.
pub(crate) async fn is_earned(db: &impl ConnectionTrait, id: AchievementId) -> Result<bool, Error> {
    let found = earned_achievement::Entity::find()
        .filter(earned_achievement::Column::AchievementId.eq(id.uuid()))
        .one(db)
        .await?;
    Ok(found.is_some())
}

pub(crate) async fn delete(db: &impl ConnectionTrait, id: AchievementId) -> Result<(), Error> {
    Entity::delete_by_id(id.uuid()).exec(db).await?;
    Ok(())
}

fn row(achievement: &Achievement) -> ActiveModel {
    let (course, tag) = match &achievement.rule.scope {
        RuleScope::Everything => (None, None),
        RuleScope::Course(course) => (Some(course.uuid()), None),
        RuleScope::Tag(tag) => (None, Some(tag.clone())),
    };
    ActiveModel {
        id: Set(achievement.id.uuid()),
        position: Set(achievement.position),
        name: Set(achievement.name.clone()),
        description: Set(achievement.description.clone()),
        tier: Set(<&str>::from(achievement.tier).to_owned()),
        points: Set(achievement.points),
        metric: Set(<&str>::from(achievement.rule.metric).to_owned()),
        threshold: Set(achievement.rule.threshold),
        course_id: Set(course),
        tag: Set(tag),
        retired_at: Set(achievement.retired_at),
        revision: Set(achievement.revision),
    }
}
