//! How far an export is, and erasures with their certificates.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use database::saga::{Saga, SagaState, SagaStep};
use kernel::{SagaId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::steps::{EXPORT_LIFETIME, PARTS};
use crate::domain::from_json;
use crate::error::Error;

/// The state of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExportState {
    /// Some parts are still missing.
    Running,
    /// The archive can be downloaded.
    Done,
    /// A part did not arrive in time, or the data is too large for an archive; the operator can
    /// retry it or provide the data.
    Failed,
}

/// An export and its state.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ExportView {
    /// The export.
    pub id: SagaId,
    /// Its state.
    pub state: ExportState,
    /// When it was requested.
    pub requested_at: DateTime<Utc>,
    /// The parts that have arrived.
    #[schema(max_items = 4)]
    pub parts: Vec<ExportPart>,
    /// When it was completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub finished_at: Option<DateTime<Utc>>,
    /// When it is deleted.
    pub expires_at: DateTime<Utc>,
}

/// A part that has arrived.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ExportPart {
    /// The part of the platform that it comes from, and the name of its file.
    #[schema(max_length = 40, example = "progress")]
    pub name: String,
    /// When it arrived.
    pub done_at: DateTime<Utc>,
}

impl ExportView {
    /// `steps` are those that are done; a part is there with its last piece.
    pub(crate) fn of(saga: &Saga, steps: &[(String, DateTime<Utc>)]) -> Self {
        let whole = |(step, _): &&(String, _)| PARTS.contains(&step.as_str());
        let part = |(step, done_at): &(String, DateTime<Utc>)| ExportPart {
            name: step.clone(),
            done_at: *done_at,
        };
        Self {
            id: saga.id,
            state: match saga.state {
                SagaState::Done => ExportState::Done,
                SagaState::Failed | SagaState::Cancelled => ExportState::Failed,
                SagaState::Running | SagaState::Waiting => ExportState::Running,
            },
            requested_at: saga.created_at,
            parts: steps.iter().filter(whole).map(part).collect(),
            finished_at: saga.finished_at,
            expires_at: saga.created_at + EXPORT_LIFETIME,
        }
    }
}

/// An account that will be erased.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ErasureScheduled)]
pub(crate) struct Erasing {
    /// The erasure.
    pub id: SagaId,
    /// When it starts; until then, the account can be kept with the link in the email.
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
            detail: "nobody can log in to this account any more; to keep it, open the link in the email that was sent to it",
        }
    }
}

/// The state of an erasure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ErasureState {
    /// It can still be undone.
    Waiting,
    /// Its steps are in progress.
    Running,
    /// Everything is erased.
    Done,
    /// A step was not completed in time; an operator can retry it.
    Failed,
    /// It was undone.
    Cancelled,
}

/// The certificate of an erasure.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErasureView {
    /// The erasure.
    pub saga_id: SagaId,
    /// Whose account.
    pub user_id: UserId,
    /// Its state.
    pub state: ErasureState,
    /// When it was requested.
    pub requested_at: DateTime<Utc>,
    /// Until when it could be undone.
    pub undo_until: DateTime<Utc>,
    /// What was done, in order.
    #[schema(max_items = 10)]
    pub steps: Vec<ErasureStep>,
    /// When it was finished or undone.
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
                removed: from_json(Some(&done.result))?,
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
