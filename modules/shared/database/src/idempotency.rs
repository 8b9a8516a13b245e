//! A repeated request changes nothing twice: its key and first result are kept with the effect.

use chrono::{DateTime, Duration, Utc};
use kernel::{Fault, IdempotencyKey, Kind, Operation, Outcome, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, Func, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, FromQueryResult,
    QueryFilter, QuerySelect, Set,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::rows::holds;
use crate::tables::idempotency::{ActiveModel, Column, Entity, Model};

/// How long a key is remembered.
const LIFETIME: Duration = Duration::hours(24);

/// Why a repeated request cannot be answered from its first run.
#[derive(Debug, thiserror::Error)]
pub enum IdempotencyError {
    /// The key came with another body before.
    #[error(
        "this Idempotency-Key was used with another request body; choose a new key for a new request"
    )]
    Mismatch,
    /// The first run has not finished.
    #[error("a request with this Idempotency-Key is still running; try again in a second")]
    Running,
    /// The storage failed.
    #[error("the database is unavailable; try again in a second")]
    Storage(#[from] DbErr),
    /// The kept result is not what this version writes.
    #[error("the first result of this Idempotency-Key can no longer be read; choose a new key")]
    Unreadable(#[from] serde_json::Error),
}

impl Fault for IdempotencyError {
    fn kind(&self) -> Kind {
        match self {
            Self::Mismatch => Kind::Invalid,
            Self::Running | Self::Unreadable(_) => Kind::Conflict,
            Self::Storage(error) => crate::kind(error),
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Mismatch => "idempotency.key_conflict",
            Self::Running => "idempotency.request_in_progress",
            Self::Unreadable(_) => "idempotency.result_unreadable",
            Self::Storage(error) => crate::code(error),
        }
    }
}

/// Claims the operation's key in the transaction of its effect.
///
/// Returns the kept result when an earlier run has finished; a second run at the same time waits for the first.
///
/// # Errors
/// [`IdempotencyError::Mismatch`] when the key came with another body.
pub async fn replay<T: DeserializeOwned>(
    txn: &impl ConnectionTrait,
    now: DateTime<Utc>,
    operation: &Operation,
) -> Result<Option<Outcome<T>>, IdempotencyError> {
    let Some(key) = &operation.idempotency else {
        return Ok(None);
    };
    forget_before(txn, now - LIFETIME, Some(key)).await?;
    let claim = ActiveModel {
        scope: Set(key.scope.clone()),
        idempotency_key: Set(key.key.clone()),
        fingerprint: Set(key.fingerprint.clone()),
        result: Set(None),
        created_at: Set(now),
    };
    let claimed = Entity::insert(claim)
        .on_conflict(
            OnConflict::columns([Column::Scope, Column::IdempotencyKey])
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(txn)
        .await?;
    if claimed == 1 {
        return Ok(None);
    }
    let first = find(txn, key).await?;
    kept(first.ok_or(IdempotencyError::Running)?, key).map(Some)
}

/// The kept result of an earlier run, without claiming the key: for who must do work that is dear
/// before the transaction of the effect, which asks [`replay`] again.
///
/// # Errors
/// [`IdempotencyError::Mismatch`] when the key came with another body.
pub async fn peek<T: DeserializeOwned>(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    operation: &Operation,
) -> Result<Option<Outcome<T>>, IdempotencyError> {
    let Some(key) = &operation.idempotency else {
        return Ok(None);
    };
    let first = find(db, key).await?;
    let first = first.filter(|first| first.created_at >= now - LIFETIME);
    first.map(|first| kept(first, key)).transpose()
}

async fn find(db: &impl ConnectionTrait, key: &IdempotencyKey) -> Result<Option<Model>, DbErr> {
    Entity::find_by_id((key.scope.clone(), key.key.clone()))
        .one(db)
        .await
}

fn kept<T: DeserializeOwned>(
    first: Model,
    key: &IdempotencyKey,
) -> Result<Outcome<T>, IdempotencyError> {
    if first.fingerprint != key.fingerprint {
        return Err(IdempotencyError::Mismatch);
    }
    let result = first.result.ok_or(IdempotencyError::Running)?;
    Ok(Outcome {
        value: serde_json::from_str(&result)?,
        replayed: true,
    })
}

/// Keeps the result of a claimed key and gives it back.
///
/// # Errors
/// The driver's error; the caller must not commit then.
pub async fn keep<T: Serialize>(
    txn: &impl ConnectionTrait,
    operation: &Operation,
    value: T,
) -> Result<Outcome<T>, IdempotencyError> {
    if let Some(key) = &operation.idempotency {
        ActiveModel {
            scope: Set(key.scope.clone()),
            idempotency_key: Set(key.key.clone()),
            result: Set(Some(serde_json::to_string(&value)?)),
            ..Default::default()
        }
        .update(txn)
        .await?;
    }
    Ok(Outcome::fresh(value))
}

/// Forgets the keys that are older than their lifetime; returns how many.
///
/// # Errors
/// The driver's error.
pub async fn purge(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, DbErr> {
    forget_before(db, now - LIFETIME, None).await
}

/// A kept result by its key.
pub type ResultKey = (String, String);

/// Looks through the next `limit` kept results after a key: which of them are a person's or name them, and
/// the last key that was looked at, `None` at the end.
///
/// # Errors
/// The driver's error.
pub async fn traces(
    db: &impl ConnectionTrait,
    person: UserId,
    after: Option<ResultKey>,
    limit: u64,
) -> Result<(Vec<ResultKey>, Option<ResultKey>), DbErr> {
    let person = person.to_string();
    let theirs =
        Column::Scope
            .starts_with(&person)
            .or(holds(db, Expr::col(Column::Result), &person));
    let theirs = Func::coalesce([theirs, Expr::value(false)]);
    let mut cursor = Entity::find()
        .select_only()
        .columns([Column::Scope, Column::IdempotencyKey])
        .expr_as(theirs, "theirs")
        .cursor_by((Column::Scope, Column::IdempotencyKey));
    if let Some(last) = after {
        cursor.after(last);
    }
    cursor.first(limit);
    let rows = cursor.into_model::<Seen>().all(db).await?;
    let last = rows.last().filter(|_| rows.len() as u64 == limit);
    let last = last.map(|row| (row.scope.clone(), row.idempotency_key.clone()));
    let theirs = rows.into_iter().filter(|row| row.theirs);
    let theirs = theirs.map(|row| (row.scope, row.idempotency_key)).collect();
    Ok((theirs, last))
}

/// Forgets kept results; returns how many.
///
/// # Errors
/// The driver's error.
pub async fn delete(db: &impl ConnectionTrait, keys: &[ResultKey]) -> Result<u64, DbErr> {
    let key = Expr::tuple([Expr::col(Column::Scope), Expr::col(Column::IdempotencyKey)]);
    let delete = Entity::delete_many().filter(key.in_tuples(keys.iter().cloned()));
    Ok(delete.exec(db).await?.rows_affected)
}

#[derive(FromQueryResult)]
struct Seen {
    scope: String,
    idempotency_key: String,
    theirs: bool,
}

async fn forget_before(
    db: &impl ConnectionTrait,
    moment: DateTime<Utc>,
    key: Option<&IdempotencyKey>,
) -> Result<u64, DbErr> {
    let mut delete = Entity::delete_many().filter(Column::CreatedAt.lt(moment));
    if let Some(key) = key {
        delete = delete
            .filter(Column::Scope.eq(key.scope.as_str()))
            .filter(Column::IdempotencyKey.eq(key.key.as_str()));
    }
    Ok(delete.exec(db).await?.rows_affected)
}
