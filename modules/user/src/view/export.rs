//! How far an export is.

use chrono::{DateTime, Utc};
use database::saga::{Saga, SagaState, SagaStep};
use kernel::SagaId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::service::EXPORT_LIFETIME;

/// Where an export stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ExportState {
    /// Parts are still missing.
    Running,
    /// The archive can be fetched.
    Done,
    /// A part did not come in time; the people who run the platform can let it be tried again.
    Failed,
}

/// An export and how far it is.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ExportView {
    /// The export.
    pub id: SagaId,
    /// Where it stands.
    pub state: ExportState,
    /// When it was asked for.
    pub requested_at: DateTime<Utc>,
    /// The parts that are there.
    #[schema(max_items = 4)]
    pub parts: Vec<ExportPart>,
    /// When it was whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub finished_at: Option<DateTime<Utc>>,
    /// When it is deleted.
    pub expires_at: DateTime<Utc>,
}

/// A part that is there.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct ExportPart {
    /// The part of the platform that it comes from, and the name of its file.
    #[schema(max_length = 40, example = "progress")]
    pub name: String,
    /// When it came.
    pub done_at: DateTime<Utc>,
}

impl ExportView {
    pub(crate) fn of(saga: &Saga, steps: &[SagaStep]) -> Self {
        let part = |step: &SagaStep| ExportPart {
            name: step.step.clone(),
            done_at: step.done_at,
        };
        Self {
            id: saga.id,
            state: match saga.state {
                SagaState::Done => ExportState::Done,
                SagaState::Failed | SagaState::Cancelled => ExportState::Failed,
                SagaState::Running | SagaState::Waiting => ExportState::Running,
            },
            requested_at: saga.created_at,
            parts: steps.iter().map(part).collect(),
            finished_at: saga.finished_at,
            expires_at: saga.created_at + EXPORT_LIFETIME,
        }
    }
}
