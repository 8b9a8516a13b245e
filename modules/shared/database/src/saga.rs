//! Work across modules: a row says how far it has come, and a row per step that the step is done.
//! What the steps are and do belongs to the module that keeps the saga.

use chrono::{DateTime, Utc};
use kernel::SagaId;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Select, Set,
};
use strum::{EnumString, IntoStaticStr};
use uuid::Uuid;

use crate::tables::{saga, saga_step};

/// Where a saga stands; `into_str` is the word that stands for it in tables and answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum SagaState {
    /// Its steps are being done.
    Running,
    /// It begins at `available_at` unless it is cancelled before.
    Waiting,
    /// Every step is done.
    Done,
    /// A step was not done by its deadline; an operator can let it be tried again.
    Failed,
    /// It was taken back before it began.
    Cancelled,
}

impl SagaState {
    /// Whether something is still to be done, by itself or by an operator.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Running | Self::Waiting | Self::Failed)
    }
}

/// A piece of work over several transactions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saga {
    /// Its id, which every event of it carries.
    pub id: SagaId,
    /// What it does: `export`, `erasure`.
    pub kind: String,
    /// Whom or what it is about.
    pub subject: Uuid,
    /// Where it stands.
    pub state: SagaState,
    /// The step that is to be done.
    pub step: String,
    /// What its keeper wants to remember, as JSON.
    pub data: String,
    /// How often the present step was asked for.
    pub attempts: i32,
    /// When the present step is given up.
    pub deadline: Option<DateTime<Utc>>,
    /// When its keeper looks after it next.
    pub available_at: DateTime<Utc>,
    /// Why it failed.
    pub error: Option<String>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was done, or cancelled.
    pub finished_at: Option<DateTime<Utc>>,
}

/// A step that is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SagaStep {
    /// Its name.
    pub step: String,
    /// What it gave, as JSON.
    pub result: String,
    /// When it was done.
    pub done_at: DateTime<Utc>,
}

/// Writes a new saga.
///
/// # Errors
/// The driver's error.
pub async fn insert(db: &impl ConnectionTrait, saga: &Saga) -> Result<(), DbErr> {
    saga::Entity::insert(row(saga))
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Writes a saga that is there.
///
/// # Errors
/// The driver's error.
pub async fn update(db: &impl ConnectionTrait, saga: &Saga) -> Result<(), DbErr> {
    row(saga).update(db).await?;
    Ok(())
}

/// One saga.
///
/// # Errors
/// The driver's error.
pub async fn find(db: &impl ConnectionTrait, id: SagaId) -> Result<Option<Saga>, DbErr> {
    let found = saga::Entity::find_by_id(id.uuid()).one(db).await?;
    found.map(record).transpose()
}

/// One saga, held until the transaction ends, so that its steps come one after the other.
///
/// # Errors
/// The driver's error.
pub async fn find_for_change(db: &impl ConnectionTrait, id: SagaId) -> Result<Option<Saga>, DbErr> {
    let found = saga::Entity::find_by_id(id.uuid())
        .lock_exclusive()
        .one(db)
        .await?;
    found.map(record).transpose()
}

/// The newest saga of a kind about a subject.
///
/// # Errors
/// The driver's error.
pub async fn newest(
    db: &impl ConnectionTrait,
    kind: &str,
    subject: Uuid,
) -> Result<Option<Saga>, DbErr> {
    let found = about(kind, subject)
        .order_by_desc(saga::Column::CreatedAt)
        .order_by_desc(saga::Column::Id)
        .one(db)
        .await?;
    found.map(record).transpose()
}

/// The newest sagas first, at most `limit`.
///
/// # Errors
/// The driver's error.
pub async fn list(db: &impl ConnectionTrait, limit: u64) -> Result<Vec<Saga>, DbErr> {
    let rows = saga::Entity::find()
        .order_by_desc(saga::Column::CreatedAt)
        .order_by_desc(saga::Column::Id)
        .limit(limit)
        .all(db)
        .await?;
    rows.into_iter().map(record).collect()
}

/// The sagas that run or wait and are to be looked after by `now`, the longest waiting first.
///
/// # Errors
/// The driver's error.
pub async fn list_due(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    limit: u64,
) -> Result<Vec<SagaId>, DbErr> {
    let open = [SagaState::Running.into_str(), SagaState::Waiting.into_str()];
    let rows = saga::Entity::find()
        .filter(saga::Column::State.is_in(open))
        .filter(saga::Column::AvailableAt.lte(now))
        .order_by_asc(saga::Column::AvailableAt)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.id.into()).collect())
}

/// The sagas of a kind that were made before `moment`.
///
/// # Errors
/// The driver's error.
pub async fn list_before(
    db: &impl ConnectionTrait,
    kind: &str,
    moment: DateTime<Utc>,
) -> Result<Vec<SagaId>, DbErr> {
    let rows = saga::Entity::find()
        .filter(saga::Column::Kind.eq(kind))
        .filter(saga::Column::CreatedAt.lt(moment))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| row.id.into()).collect())
}

/// The sagas of a kind about a subject.
///
/// # Errors
/// The driver's error.
pub async fn list_of(
    db: &impl ConnectionTrait,
    kind: &str,
    subject: Uuid,
) -> Result<Vec<Saga>, DbErr> {
    let rows = about(kind, subject).all(db).await?;
    rows.into_iter().map(record).collect()
}

/// Deletes a saga with its steps.
///
/// # Errors
/// The driver's error.
pub async fn delete(db: &impl ConnectionTrait, id: SagaId) -> Result<(), DbErr> {
    saga::Entity::delete_by_id(id.uuid()).exec(db).await?;
    Ok(())
}

/// Notes that a step is done: `true` once, and never again for this saga and step.
///
/// # Errors
/// The driver's error.
pub async fn record_step(
    db: &impl ConnectionTrait,
    id: SagaId,
    step: &str,
    result: &str,
    now: DateTime<Utc>,
) -> Result<bool, DbErr> {
    let row = saga_step::ActiveModel {
        saga_id: Set(id.uuid()),
        step: Set(step.to_owned()),
        result: Set(result.to_owned()),
        done_at: Set(now),
    };
    let once = OnConflict::columns([saga_step::Column::SagaId, saga_step::Column::Step])
        .do_nothing()
        .to_owned();
    let inserted = saga_step::Entity::insert(row)
        .on_conflict(once)
        .exec_without_returning(db)
        .await?;
    Ok(inserted == 1)
}

/// The steps of a saga that are done, in the order of their doing.
///
/// # Errors
/// The driver's error.
pub async fn steps(db: &impl ConnectionTrait, id: SagaId) -> Result<Vec<SagaStep>, DbErr> {
    let rows = saga_step::Entity::find()
        .filter(saga_step::Column::SagaId.eq(id.uuid()))
        .order_by_asc(saga_step::Column::DoneAt)
        .order_by_asc(saga_step::Column::Step)
        .all(db)
        .await?;
    let steps = rows.into_iter().map(|row| SagaStep {
        step: row.step,
        result: row.result,
        done_at: row.done_at,
    });
    Ok(steps.collect())
}

/// The steps of a saga that are done and when each was, without what they gave.
///
/// # Errors
/// The driver's error.
pub async fn list_done(
    db: &impl ConnectionTrait,
    id: SagaId,
) -> Result<Vec<(String, DateTime<Utc>)>, DbErr> {
    saga_step::Entity::find()
        .select_only()
        .columns([saga_step::Column::Step, saga_step::Column::DoneAt])
        .filter(saga_step::Column::SagaId.eq(id.uuid()))
        .order_by_asc(saga_step::Column::DoneAt)
        .order_by_asc(saga_step::Column::Step)
        .into_tuple()
        .all(db)
        .await
}

/// What one step gave.
///
/// # Errors
/// The driver's error.
pub async fn find_result(
    db: &impl ConnectionTrait,
    id: SagaId,
    step: &str,
) -> Result<Option<String>, DbErr> {
    let key = (id.uuid(), step.to_owned());
    let found = saga_step::Entity::find_by_id(key).one(db).await?;
    Ok(found.map(|row| row.result))
}

/// Makes every step undone, so that what they gave is given again.
///
/// # Errors
/// The driver's error.
pub async fn undo_all(db: &impl ConnectionTrait, id: SagaId) -> Result<(), DbErr> {
    saga_step::Entity::delete_many()
        .filter(saga_step::Column::SagaId.eq(id.uuid()))
        .exec(db)
        .await?;
    Ok(())
}

fn about(kind: &str, subject: Uuid) -> Select<saga::Entity> {
    saga::Entity::find()
        .filter(saga::Column::Kind.eq(kind))
        .filter(saga::Column::Subject.eq(subject))
}

fn record(row: saga::Model) -> Result<Saga, DbErr> {
    Ok(Saga {
        id: row.id.into(),
        kind: row.kind,
        subject: row.subject,
        state: row
            .state
            .parse()
            .map_err(|_| DbErr::Custom(format!("{} is no state of a saga", row.state)))?,
        step: row.step,
        data: row.data,
        attempts: row.attempts,
        deadline: row.deadline,
        available_at: row.available_at,
        error: row.error,
        created_at: row.created_at,
        updated_at: row.updated_at,
        finished_at: row.finished_at,
    })
}

fn row(saga: &Saga) -> saga::ActiveModel {
    saga::ActiveModel {
        id: Set(saga.id.uuid()),
        kind: Set(saga.kind.clone()),
        subject: Set(saga.subject),
        state: Set(saga.state.into_str().to_owned()),
        step: Set(saga.step.clone()),
        data: Set(saga.data.clone()),
        attempts: Set(saga.attempts),
        deadline: Set(saga.deadline),
        available_at: Set(saga.available_at),
        error: Set(saga.error.clone()),
        created_at: Set(saga.created_at),
        updated_at: Set(saga.updated_at),
        finished_at: Set(saga.finished_at),
    }
}
