//! Failed logins.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, Set};

use crate::entity::login_delay::{ActiveModel, Column, Entity};

/// How often an account's login has failed, and when it may be tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Delay {
    pub failures: i64,
    pub not_before: DateTime<Utc>,
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    account_key: &str,
) -> Result<Option<Delay>, DbErr> {
    let row = Entity::find_by_id(account_key.to_owned()).one(db).await?;
    Ok(row.map(|row| Delay {
        failures: row.failures,
        not_before: row.not_before,
    }))
}

pub(crate) async fn put(
    db: &impl ConnectionTrait,
    account_key: &str,
    delay: &Delay,
) -> Result<(), DbErr> {
    let row = ActiveModel {
        account_key: Set(account_key.to_owned()),
        failures: Set(delay.failures),
        not_before: Set(delay.not_before),
    };
    let replace = OnConflict::column(Column::AccountKey)
        .update_columns([Column::Failures, Column::NotBefore])
        .to_owned();
    Entity::insert(row)
        .on_conflict(replace)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn delete(db: &impl ConnectionTrait, account_key: &str) -> Result<(), DbErr> {
    Entity::delete_by_id(account_key.to_owned())
        .exec(db)
        .await?;
    Ok(())
}
