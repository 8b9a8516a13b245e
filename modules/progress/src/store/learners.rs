//! Learners: their totals, their streak, and what is heard of them.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::UserId;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Set,
};
use uuid::Uuid;

use crate::entity::forgotten;
use crate::entity::learner::{ActiveModel, Column, Entity, Model};
use crate::error::Error;
use crate::service::fold::Tally;
use crate::service::streak::{Streak, local_day};

/// A person as this module knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Learner {
    pub(crate) id: UserId,
    pub(crate) display_name: Option<String>,
    pub(crate) time_zone: String,
    pub(crate) tally: Tally,
    pub(crate) streak: Streak,
    pub(crate) visible: bool,
    pub(crate) alias: Option<String>,
    /// The number of the newest event of the person that was heard; 0 before the first.
    pub(crate) heard: i64,
}

impl Learner {
    /// Somebody of whom nothing is known yet.
    pub(crate) fn new(id: UserId) -> Self {
        Self {
            id,
            display_name: None,
            time_zone: "UTC".to_owned(),
            tally: Tally::default(),
            streak: Streak::default(),
            visible: true,
            alias: None,
            heard: 0,
        }
    }

    pub(crate) fn day(&self, moment: DateTime<Utc>) -> NaiveDate {
        local_day(moment, &self.time_zone)
    }

    /// The name on leaderboards.
    pub(crate) fn shown_as(&self) -> &str {
        let name = self.alias.as_deref().or(self.display_name.as_deref());
        name.unwrap_or("Learner")
    }
}

/// The learner's row, made when it is missing and locked until the end of the transaction, so
/// that the changes of one learner come one after the other.
///
/// # Errors
/// [`Error::Forgotten`] for a person whose account is gone; no row of theirs is left then.
pub(crate) async fn lock(db: &impl ConnectionTrait, id: UserId) -> Result<Learner, Error> {
    let fresh = Learner::new(id);
    Entity::insert(row(&fresh))
        .on_conflict(OnConflict::column(Column::Id).do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    let found = Entity::find_by_id(id.uuid())
        .lock_exclusive()
        .one(db)
        .await?;
    let gone = forgotten::Entity::find_by_id(id.uuid()).one(db).await?;
    if gone.is_some() {
        delete(db, id).await?;
        return Err(Error::Forgotten);
    }
    Ok(found.map_or(fresh, Learner::from))
}

/// Keeps the bare id of a person whose account is gone.
pub(crate) async fn forget(
    db: &impl ConnectionTrait,
    id: UserId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let row = forgotten::ActiveModel {
        user_id: Set(id.uuid()),
        forgotten_at: Set(now),
    };
    let keep = OnConflict::column(forgotten::Column::UserId)
        .do_nothing()
        .to_owned();
    forgotten::Entity::insert(row)
        .on_conflict(keep)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn find(db: &impl ConnectionTrait, id: UserId) -> Result<Option<Learner>, Error> {
    let found = Entity::find_by_id(id.uuid()).one(db).await?;
    Ok(found.map(Learner::from))
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
    row(learner).update(db).await?;
    Ok(())
}

/// Deletes a person's row; returns how many there were.
pub(crate) async fn delete(db: &impl ConnectionTrait, id: UserId) -> Result<u64, Error> {
    let deleted = Entity::delete_by_id(id.uuid()).exec(db).await?;
    Ok(deleted.rows_affected)
}

impl From<Model> for Learner {
    fn from(row: Model) -> Self {
        Self {
            id: row.id.into(),
            display_name: row.display_name,
            time_zone: row.time_zone,
            tally: Tally {
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
                grace_used_on: row.grace_used_on,
            },
            visible: row.visible,
            alias: row.alias,
            heard: row.heard,
        }
    }
}

fn row(learner: &Learner) -> ActiveModel {
    ActiveModel {
        id: Set(learner.id.uuid()),
        display_name: Set(learner.display_name.clone()),
        time_zone: Set(learner.time_zone.clone()),
        points: Set(learner.tally.points),
        seconds: Set(learner.tally.seconds),
        lessons: Set(learner.tally.lessons),
        courses: Set(learner.tally.courses),
        exercises: Set(learner.tally.exercises),
        perfects: Set(learner.tally.perfects),
        streak_days: Set(learner.streak.days),
        longest_streak: Set(learner.streak.longest),
        last_active_day: Set(learner.streak.last_day),
        grace_used_on: Set(learner.streak.grace_used_on),
        visible: Set(learner.visible),
        alias: Set(learner.alias.clone()),
        heard: Set(learner.heard),
    }
}
