//! Dead letters over the API, for administrators.

mod service;
mod view;

use actix_web::http::header;
use actix_web::{HttpResponse, delete, get, post, web};
use kernel::EventId;
use rest::{Admin, List, Path};
use serde::Deserialize;
use utoipa::IntoParams;

use view::{DeadLetterDetail, DeadLetterView, ReplayedEvent};

use crate::module_name::ModuleName;
use crate::modules::Modules;

/// Which dead letters to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct DeadLetterFilter {
    /// Only those of this module.
    #[param(inline, required = false)]
    #[serde(default)]
    module: Option<ModuleName>,
}

/// List dead letters.
///
/// By module, the oldest first. A dead letter is an event that a module could not handle: it had
/// no effect, and it is not retried automatically.
#[utoipa::path(
    tag = "events",
    params(DeadLetterFilter, rest::Paging),
    responses((status = 200, description = "A page of the dead letters.", body = rest::Paged<DeadLetterView>)),
    security(("bearer" = []))
)]
#[get("/events/dead-letters")]
pub(super) async fn list_dead_letters(
    modules: web::Data<Modules>,
    _admin: Admin,
    list: List<DeadLetterFilter>,
) -> Result<HttpResponse, rest::Error> {
    let wanted = list.filter.module;
    let page = service::page(&modules, wanted, &list.page_request).await?;
    Ok(rest::list(&list, page))
}

/// Get a dead letter.
///
/// With the whole event, and each module that could not handle it.
#[utoipa::path(
    tag = "events",
    params(("event" = Uuid, Path, description = "The event.", example = "01940000-0000-7000-8000-000000000e01")),
    responses((status = 200, description = "The dead letter.", body = DeadLetterDetail)),
    security(("bearer" = []))
)]
#[get("/events/dead-letters/{event}")]
pub(super) async fn get_dead_letter(
    modules: web::Data<Modules>,
    _admin: Admin,
    event: Path<EventId>,
) -> Result<HttpResponse, rest::Error> {
    Ok(rest::ok(&service::detail(&modules, *event).await?))
}

/// Replay a dead letter.
///
/// Each module that could not handle it retries it, with all its attempts. Repeating this returns
/// 404 because the event is no longer a dead letter, so it needs no Idempotency-Key.
#[utoipa::path(
    tag = "events",
    params(("event" = Uuid, Path, description = "The event.", example = "01940000-0000-7000-8000-000000000e01")),
    responses((status = 202, description = "The event is retried.", body = ReplayedEvent)),
    security(("bearer" = []))
)]
#[post("/events/dead-letters/{event}/replay")]
pub(super) async fn replay_dead_letter(
    modules: web::Data<Modules>,
    _admin: Admin,
    event: Path<EventId>,
) -> Result<HttpResponse, rest::Error> {
    let replayed = service::replay(&modules, *event).await?;
    Ok(HttpResponse::Accepted()
        .insert_header((header::CACHE_CONTROL, rest::PRIVATE))
        .json(replayed))
}

/// Discard a dead letter.
///
/// It is discarded in each module that could not handle it.
#[utoipa::path(
    tag = "events",
    params(("event" = Uuid, Path, description = "The event.", example = "01940000-0000-7000-8000-000000000e01")),
    responses((status = 204, description = "The dead letter was discarded.")),
    security(("bearer" = []))
)]
#[delete("/events/dead-letters/{event}")]
pub(super) async fn discard_dead_letter(
    modules: web::Data<Modules>,
    _admin: Admin,
    event: Path<EventId>,
) -> Result<HttpResponse, rest::Error> {
    service::discard(&modules, *event).await?;
    Ok(rest::no_content())
}
