//! Everything that the platform knows of the caller, in one archive.

use actix_web::http::header;
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use database::saga::{Saga, SagaState, SagaStep};
use kernel::SagaId;
use rest::{Learner, Op, Path};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::service::{EXPORT_LIFETIME, Service};

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

/// Ask for all that is known of me.
///
/// Every part of the platform hands over what it knows; `Location` says how far that is.
/// It asks that you have shown who you are within ten minutes. While one export is being gathered,
/// the answer is that one.
#[utoipa::path(
    tag = "users",
    params(rest::IdempotencyHeader),
    responses((status = 202, description = "It is being gathered.", body = ExportView)),
    security(("bearer" = []))
)]
#[post("/users/me/export")]
pub(crate) async fn request_my_export(
    service: web::Data<Service>,
    caller: Learner,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let outcome = service.request_export(&operation.0, &caller.0).await?;
    let location = format!("/api/v1/users/me/export/{}", outcome.value.id);
    Ok(rest::accepted(&location, &outcome))
}

/// See how far my export is.
#[utoipa::path(
    tag = "users",
    params(("export" = SagaId, Path, description = "The export.")),
    responses((status = 200, description = "The export.", body = ExportView)),
    security(("bearer" = []))
)]
#[get("/users/me/export/{export}")]
pub(crate) async fn get_my_export(
    service: web::Data<Service>,
    caller: Learner,
    export: Path<SagaId>,
) -> Result<HttpResponse, rest::Error> {
    Ok(rest::ok(&service.export(caller.0.user_id, *export).await?))
}

/// Fetch my export.
///
/// A zip archive with a JSON file per part of the platform, for seven days.
#[utoipa::path(
    tag = "users",
    params(("export" = SagaId, Path, description = "The export.")),
    responses(
        (status = 200, description = "The archive.", body = Vec<u8>, content_type = "application/zip"),
        (status = 409, description = "It is not ready.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(("bearer" = []))
)]
#[get("/users/me/export/{export}/content")]
pub(crate) async fn get_my_export_content(
    service: web::Data<Service>,
    caller: Learner,
    export: Path<SagaId>,
) -> Result<HttpResponse, rest::Error> {
    let archive = service.export_content(caller.0.user_id, *export).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::CONTENT_TYPE, "application/zip"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"gopro-export.zip\"",
        ))
        .body(archive))
}
