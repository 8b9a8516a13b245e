//! Dead letters over the API, for administrators.

mod service;

use actix_web::http::header;
use actix_web::{HttpResponse, delete, get, post, web};
use chrono::{DateTime, Utc};
use kernel::{Ambient, EventId};
use rest::{Admin, List, Path};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::modules::{ModuleName, Modules};

/// Which dead letters are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct DeadLetterFilter {
    /// Only those of this module.
    #[param(inline, required = false)]
    #[serde(default)]
    module: Option<ModuleName>,
}

/// An event that a module could not handle.
#[derive(Debug, Serialize, ToSchema)]
struct DeadLetterView {
    /// The module.
    #[schema(inline)]
    module: ModuleName,
    /// The event; the same one may be a dead letter of several modules.
    #[schema(value_type = String, format = Uuid)]
    event_id: EventId,
    /// Its type.
    #[serde(rename = "type")]
    #[schema(max_length = 200, example = "course.published.v1")]
    kind: String,
    /// Why its last attempt failed.
    #[schema(max_length = 2000, example = "the course has no outline")]
    error: String,
    /// How often it was tried.
    #[schema(minimum = 0, maximum = 1000)]
    attempts: i32,
    /// When it was delivered.
    received_at: DateTime<Utc>,
}

/// An event with everything that is known of it.
#[derive(Debug, Serialize, ToSchema)]
struct DeadLetterDetail {
    /// The event.
    #[schema(value_type = String, format = Uuid)]
    event_id: EventId,
    /// The CloudEvents envelope as it was delivered: JSON, unless just that is what is wrong.
    #[schema(max_length = 10000000)]
    envelope: String,
    /// The modules that could not handle it.
    #[schema(max_items = 4)]
    dead_letters: Vec<DeadLetterView>,
}

/// An event that is tried again.
#[derive(Debug, Serialize, ToSchema)]
struct ReplayedEvent {
    /// The event.
    #[schema(value_type = String, format = Uuid)]
    event_id: EventId,
    /// The modules that try it again.
    #[schema(inline, max_items = 4)]
    modules: Vec<ModuleName>,
}

/// List dead letters.
///
/// By module, the oldest first. A dead letter is an event that a module could not handle: nothing of
/// its effect was made, and it is not tried again by itself.
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
    let page = service::page(&modules, wanted, &list.slice).await?;
    Ok(rest::list(&list, page))
}

/// Read a dead letter.
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
/// Each module that could not handle it tries it again, with all its attempts. Sent again it answers
/// 404, because the event is no dead letter then, so it needs no Idempotency-Key.
#[utoipa::path(
    tag = "events",
    params(("event" = Uuid, Path, description = "The event.", example = "01940000-0000-7000-8000-000000000e01")),
    responses((status = 202, description = "It is tried again.", body = ReplayedEvent)),
    security(("bearer" = []))
)]
#[post("/events/dead-letters/{event}/replay")]
pub(super) async fn replay_dead_letter(
    modules: web::Data<Modules>,
    ambient: web::Data<Ambient>,
    _admin: Admin,
    event: Path<EventId>,
) -> Result<HttpResponse, rest::Error> {
    let replayed = service::replay(&modules, &ambient, *event).await?;
    Ok(HttpResponse::Accepted()
        .insert_header((header::CACHE_CONTROL, rest::PRIVATE))
        .json(replayed))
}

/// Discard a dead letter.
///
/// Its effect is given up in each module that could not handle it.
#[utoipa::path(
    tag = "events",
    params(("event" = Uuid, Path, description = "The event.", example = "01940000-0000-7000-8000-000000000e01")),
    responses((status = 204, description = "It is given up.")),
    security(("bearer" = []))
)]
#[delete("/events/dead-letters/{event}")]
pub(super) async fn discard_dead_letter(
    modules: web::Data<Modules>,
    ambient: web::Data<Ambient>,
    _admin: Admin,
    event: Path<EventId>,
) -> Result<HttpResponse, rest::Error> {
    service::discard(&modules, &ambient, *event).await?;
    Ok(rest::no_content())
}
