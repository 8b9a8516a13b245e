//! Everything that the platform knows of the caller, in one archive.

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpResponse, get, post, web};
use futures::stream;
use kernel::SagaId;
use rest::{AuthenticatedUser, Op, Path};

use super::super::download::Download;
use super::super::service::Service;
use super::super::view::ExportView;
use crate::error::Error;

/// Request a data export of the current user.
///
/// Collects everything that the platform knows about you; `Location` shows the state.
/// Requires authentication within the last 10 minutes. While an export is in progress, this returns
/// that one. At most 10 exports are kept at a time.
#[utoipa::path(
    tag = "users",
    params(rest::IdempotencyHeader),
    responses((status = 202, description = "The export is in progress.", body = ExportView)),
    security(("bearer" = []))
)]
#[post("/users/me/export")]
pub(crate) async fn create_my_export(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let outcome = service.request_export(&operation.0, &caller.0).await?;
    let location = format!("/api/v1/users/me/export/{}", outcome.value.id);
    Ok(rest::accepted(Some(&location), &outcome))
}

/// Get a data export of the current user.
#[utoipa::path(
    tag = "users",
    params(("export" = SagaId, Path, description = "The export.")),
    responses((status = 200, description = "The export.", body = ExportView)),
    security(("bearer" = []))
)]
#[get("/users/me/export/{export}")]
pub(crate) async fn get_my_export(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    export: Path<SagaId>,
) -> Result<HttpResponse, rest::Error> {
    Ok(rest::ok(
        &service.find_export(caller.0.user_id, *export).await?,
    ))
}

/// Download a data export of the current user.
///
/// A ZIP archive with one JSON file per part of the platform, available for 7 days.
/// Requires authentication within the last 10 minutes, as requesting it does. One download of a user runs at a
/// time.
#[utoipa::path(
    tag = "users",
    params(("export" = SagaId, Path, description = "The export.")),
    responses(
        (status = 200, description = "The archive.", body = Vec<u8>, content_type = "application/zip"),
        (status = 409, description = "The export is not ready.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(("bearer" = []))
)]
#[get("/users/me/export/{export}/content")]
pub(crate) async fn download_my_export(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    export: Path<SagaId>,
) -> Result<HttpResponse, rest::Error> {
    let download = service.download(&caller.0, *export).await?;
    let archive = stream::try_unfold(download, async |mut download: Download| {
        let packed = download.next().await.inspect_err(|error| {
            tracing::error!(error = %error, "an export was broken off while it was downloaded");
        })?;
        Ok::<_, Error>(packed.map(|packed| (Bytes::from(packed), download)))
    });
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, rest::PRIVATE))
        .insert_header((header::CONTENT_TYPE, "application/zip"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"gopro-export.zip\"",
        ))
        .streaming(Box::pin(archive)))
}
