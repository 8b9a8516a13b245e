//! Erasures and their certificates.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use database::saga::{Saga, SagaState, SagaStep};
use kernel::{SagaId, UserId};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Error;
use crate::service;

/// An account that will be erased.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Erasing {
    /// The erasure.
    pub id: SagaId,
    /// When it begins; until then the link that was mailed keeps the account.
    pub erase_after: DateTime<Utc>,
    /// What to do next.
    #[schema(max_length = 300)]
    pub detail: &'static str,
}

impl Erasing {
    pub(crate) fn of(saga: &Saga) -> Self {
        Self {
            id: saga.id,
            erase_after: match saga.state {
                SagaState::Waiting => saga.available_at,
                _ => saga.updated_at,
            },
            detail: "nobody can log in to this account any more; to keep it, open the link that was mailed to it",
        }
    }
}

/// Where an erasure stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ErasureState {
    /// It can be taken back.
    Waiting,
    /// Its steps are being done.
    Running,
    /// Everything is erased.
    Done,
    /// A step was not done in time; an operator can let it be tried again.
    Failed,
    /// It was taken back.
    Cancelled,
}

/// The certificate of an erasure.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErasureView {
    /// The erasure.
    pub saga_id: SagaId,
    /// Whose account.
    pub user_id: UserId,
    /// Where it stands.
    pub state: ErasureState,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// Until when it could be taken back.
    pub undo_until: DateTime<Utc>,
    /// What was done, in order.
    #[schema(max_items = 10)]
    pub steps: Vec<ErasureStep>,
    /// When it was finished, or taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub finished_at: Option<DateTime<Utc>>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 1000, nullable = false)]
    pub error: Option<String>,
}

/// A step that was done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErasureStep {
    /// A part of the platform, `tombstone` for the account itself, or `sweep` for the last traces.
    #[schema(max_length = 40, example = "progress")]
    pub step: String,
    /// When it was done.
    pub done_at: DateTime<Utc>,
    /// How many records of each kind were removed.
    #[schema(value_type = Object)]
    pub removed: BTreeMap<String, u64>,
}

impl ErasureView {
    pub(crate) fn of(
        saga: &Saga,
        undo_until: DateTime<Utc>,
        steps: &[SagaStep],
    ) -> Result<Self, Error> {
        let step = |done: &SagaStep| -> Result<ErasureStep, Error> {
            Ok(ErasureStep {
                step: done.step.clone(),
                done_at: done.done_at,
                removed: service::read_counts(&done.result)?,
            })
        };
        Ok(Self {
            saga_id: saga.id,
            user_id: saga.subject.into(),
            state: match saga.state {
                SagaState::Waiting => ErasureState::Waiting,
                SagaState::Running => ErasureState::Running,
                SagaState::Done => ErasureState::Done,
                SagaState::Failed => ErasureState::Failed,
                SagaState::Cancelled => ErasureState::Cancelled,
            },
            requested_at: saga.created_at,
            undo_until,
            steps: steps.iter().map(step).collect::<Result<_, _>>()?,
            finished_at: saga.finished_at,
            error: saga.error.clone(),
        })
    }
}
