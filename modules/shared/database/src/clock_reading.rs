//! What the clock of an installation showed when it was last trusted, by which a wrong one is noticed after a start.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, Set};

use crate::tables::clock_reading::{ActiveModel, Column, Entity};

const ROW: i16 = 1;

/// The last reading; `None` before the first.
///
/// # Errors
/// The driver's error.
pub async fn last(db: &impl ConnectionTrait) -> Result<Option<DateTime<Utc>>, DbErr> {
    let row = Entity::find_by_id(ROW).one(db).await?;
    Ok(row.map(|row| row.read_at))
}

/// Keeps a reading in place of the last one. Several processes of one database keep theirs in turns: it only has to be
/// about right.
///
/// # Errors
/// The driver's error.
pub async fn keep(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<(), DbErr> {
    let row = ActiveModel {
        id: Set(ROW),
        read_at: Set(now),
    };
    let replace = OnConflict::column(Column::Id)
        .update_column(Column::ReadAt)
        .to_owned();
    Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(db)
        .await?;
    Ok(())
}
