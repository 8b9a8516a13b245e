//! The time zones that learners had.

use kernel::{Place, UserId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Set,
};

use crate::entity::activity;
use crate::entity::zone_change::{ActiveModel, Column, Entity};
use crate::error::Error;
use crate::store::{self, Exported};

/// A time zone that a learner took after so many facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ZoneChange {
    pub(crate) facts: i64,
    pub(crate) time_zone: String,
    /// The number of the event of their account that brought it.
    pub(crate) sequence: i64,
}

/// How many facts of a learner there are.
pub(crate) async fn count_facts(db: &impl ConnectionTrait, learner: UserId) -> Result<i64, Error> {
    let facts = activity::Entity::find()
        .filter(activity::Column::LearnerId.eq(learner.uuid()))
        .count(db)
        .await?;
    Ok(i64::try_from(facts).unwrap_or(i64::MAX))
}

/// Notes the zone that a learner takes with the `sequence`th event of their account, after all their facts so far.
pub(crate) async fn insert_zone(
    db: &impl ConnectionTrait,
    learner: UserId,
    time_zone: &str,
    sequence: i64,
) -> Result<(), Error> {
    let facts = count_facts(db, learner).await?;
    let row = ActiveModel {
        learner_id: Set(learner.uuid()),
        facts: Set(facts),
        time_zone: Set(time_zone.to_owned()),
        sequence: Set(sequence),
    };
    store::upsert(db, vec![row]).await
}

/// The zones of a learner in the order in which they took them.
pub(crate) async fn list_zones_of(
    db: &impl ConnectionTrait,
    learner: UserId,
) -> Result<Vec<ZoneChange>, Error> {
    let rows = Entity::find()
        .filter(Column::LearnerId.eq(learner.uuid()))
        .order_by_asc(Column::Facts)
        .order_by_asc(Column::Sequence)
        .all(db)
        .await?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|row| ZoneChange {
            facts: row.facts,
            time_zone: row.time_zone,
            sequence: row.sequence,
        })
        .collect())
}

/// Deletes the zones of a learner; returns how many there were.
pub(crate) async fn delete_zones_of(
    db: &impl ConnectionTrait,
    learner: UserId,
) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::LearnerId.eq(learner.uuid())).await?)
}

pub(crate) async fn export_zones(
    db: &impl ConnectionTrait,
    user: UserId,
    place: &Place,
) -> Exported {
    let theirs = Entity::find().filter(Column::LearnerId.eq(user.uuid()));
    let cursor = theirs.cursor_by((Column::Facts, Column::TimeZone));
    Ok(database::export_after(db, cursor, place, |row| (row.facts, row.time_zone.clone())).await?)
}
