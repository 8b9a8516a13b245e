//! The rows of learners, and the bare ids of erased users.

mod zones;

use chrono::{DateTime, Utc};
use kernel::{Place, UserId};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use serde_json::json;
use uuid::Uuid;

use crate::domain::{AccountFlag, Learner, Streak, Totals};
use crate::entity::erased_user;
use crate::entity::learner::{ActiveModel, Column, Entity, Model};
use crate::error::Error;
use crate::store::Exported;

pub(crate) use zones::{
    ZoneChange, count_facts, delete_zones_of, export_zones, insert_zone, list_zones_of,
};

/// The learner's row, made when it is missing and locked until the end of the transaction, so
/// that the changes of one learner come one after the other.
///
/// `None` is an erased user, of whom no row is left then.
pub(crate) async fn lock(db: &impl ConnectionTrait, id: UserId) -> Result<Option<Learner>, Error> {
    let locked = || Entity::find_by_id(id.uuid()).lock_exclusive();
    // Whoever is erased has no row, so one that is found need not be compared with them.
    if let Some(found) = locked().one(db).await? {
        return Ok(Some(found.into()));
    }
    let fresh = Learner::new(id);
    Entity::insert(row(&fresh))
        .on_conflict_do_nothing()
        .exec_without_returning(db)
        .await?;
    let found = locked().one(db).await?;
    let erased = erased_user::Entity::find_by_id(id.uuid()).one(db).await?;
    if erased.is_some() {
        delete(db, id).await?;
        return Ok(None);
    }
    Ok(Some(found.map_or(fresh, Learner::from)))
}

/// Keeps the bare id of a user whose account is gone.
pub(crate) async fn mark_erased(
    db: &impl ConnectionTrait,
    id: UserId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let row = erased_user::ActiveModel {
        user_id: Set(id.uuid()),
        erased_at: Set(now),
    };
    erased_user::Entity::insert(row)
        .on_conflict_do_nothing()
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn find(db: &impl ConnectionTrait, id: UserId) -> Result<Option<Learner>, Error> {
    let found = Entity::find_by_id(id.uuid()).one(db).await?;
    Ok(found.map(Learner::from))
}

/// The learner, or one of whom nothing is known yet.
pub(crate) async fn find_or_new(db: &impl ConnectionTrait, id: UserId) -> Result<Learner, Error> {
    let found = find(db, id).await?;
    Ok(found.unwrap_or_else(|| Learner::new(id)))
}

pub(crate) async fn list(db: &impl ConnectionTrait, ids: &[UserId]) -> Result<Vec<Learner>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = Entity::find().filter(Column::Id.is_in(ids)).all(db).await?;
    Ok(rows.into_iter().map(Learner::from).collect())
}

/// The learners after `last`, by id.
pub(crate) async fn list_after(
    db: &impl ConnectionTrait,
    last: Option<UserId>,
    limit: u64,
) -> Result<Vec<Learner>, Error> {
    let mut select = Entity::find().order_by_asc(Column::Id).limit(limit);
    if let Some(last) = last {
        select = select.filter(Column::Id.gt(last.uuid()));
    }
    let rows = select.all(db).await?;
    Ok(rows.into_iter().map(Learner::from).collect())
}

pub(crate) async fn update(db: &impl ConnectionTrait, learner: &Learner) -> Result<(), Error> {
    Entity::update_many()
        .set(row(learner))
        .filter(Column::Id.eq(learner.id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

/// Deletes a user's row; returns how many there were.
pub(crate) async fn delete(db: &impl ConnectionTrait, id: UserId) -> Result<u64, Error> {
    Ok(database::delete_where::<Entity>(db, Column::Id.eq(id.uuid())).await?)
}

pub(crate) async fn export(db: &impl ConnectionTrait, user: UserId, place: &Place) -> Exported {
    let theirs = Entity::find().filter(Column::Id.eq(user.uuid()));
    let cursor = theirs.cursor_by(Column::Id);
    Ok(database::export_after(db, cursor, place, |row| row.id).await?)
}

impl From<Model> for Learner {
    fn from(row: Model) -> Self {
        Self {
            id: row.id.into(),
            display_name: row.display_name,
            time_zone: row.time_zone,
            totals: Totals {
                points: row.points,
                seconds: row.seconds,
                lessons: row.lessons,
                courses: row.courses,
                exercises: row.exercises,
                perfects: row.perfects,
            },
            streak: Streak {
                days: row.streak_days,
                longest: row.longest_streak,
                last_day: row.last_active_day,
                last_at: row.learned_at,
                counted_at: row.counted_at,
                next_day_at: row.next_day_at,
                alive_until: row.alive_until,
                grace_until: row.grace_until,
                grace_free_at: row.grace_free_at,
            },
            // Nothing but this module writes them.
            vacations: serde_json::from_str(&row.vacations).unwrap_or_default(),
            visible: row.visible,
            alias: row.alias,
            locked: AccountFlag {
                is_set: row.locked,
                sequence: row.locked_sequence,
            },
            erasing: AccountFlag {
                is_set: row.erasing,
                sequence: row.erasing_sequence,
            },
            sequence: row.user_sequence,
        }
    }
}

fn row(learner: &Learner) -> ActiveModel {
    ActiveModel {
        id: Set(learner.id.uuid()),
        display_name: Set(learner.display_name.clone()),
        time_zone: Set(learner.time_zone.clone()),
        points: Set(learner.totals.points),
        seconds: Set(learner.totals.seconds),
        lessons: Set(learner.totals.lessons),
        courses: Set(learner.totals.courses),
        exercises: Set(learner.totals.exercises),
        perfects: Set(learner.totals.perfects),
        streak_days: Set(learner.streak.days),
        longest_streak: Set(learner.streak.longest),
        last_active_day: Set(learner.streak.last_day),
        learned_at: Set(learner.streak.last_at),
        counted_at: Set(learner.streak.counted_at),
        next_day_at: Set(learner.streak.next_day_at),
        alive_until: Set(learner.streak.alive_until),
        grace_until: Set(learner.streak.grace_until),
        grace_free_at: Set(learner.streak.grace_free_at),
        vacations: Set(json!(learner.vacations).to_string()),
        visible: Set(learner.visible),
        alias: Set(learner.alias.clone()),
        locked: Set(learner.locked.is_set),
        locked_sequence: Set(learner.locked.sequence),
        erasing: Set(learner.erasing.is_set),
        erasing_sequence: Set(learner.erasing.sequence),
        user_sequence: Set(learner.sequence),
    }
}
