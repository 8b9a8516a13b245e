//! Everything that the platform knows of the caller, in one archive.

use actix_web::http::header;
use actix_web::{HttpResponse, get, post, web};
use kernel::SagaId;
use rest::{Learner, Op, Path};

use crate::service::Service;
use crate::view::ExportView;

/// Ask for all that is known of me.
///
/// Every part of the platform hands over what it knows; `Location` says how far that is.
/// It asks that you have shown who you are within ten minutes. While one export is being gathered,
/// the answer is that one. There are ten at a time at most.
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
    Ok(rest::accepted(Some(&location), &outcome))
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
        .insert_header((header::CACHE_CONTROL, rest::PRIVATE))
        .insert_header((header::CONTENT_TYPE, "application/zip"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"gopro-export.zip\"",
        ))
        .body(archive))
}
