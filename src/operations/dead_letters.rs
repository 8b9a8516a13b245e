//! Dead letters over the API, for administrators.

use actix_web::http::header;
use actix_web::{HttpResponse, delete, get, post, web};
use bus::dead_letters::{self, DeadLetter};
use chrono::{DateTime, Utc};
use database::Database;
use kernel::{Ambient, EventId, Fault, Key, Kind, Page, Slice};
use rest::{Admin, List, Path};
use sea_orm::DbErr;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::modules::{Modules, NAMES};

/// A driver's error may be long, and its beginning says what it is.
const ERROR_LENGTH: usize = 2000;

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(
        "there is no such dead letter; GET /api/v1/events/dead-letters lists those that there are"
    )]
    NotFound,
    #[error("the storage did not answer; try again")]
    Storage(#[from] DbErr),
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound => Kind::NotFound,
            Self::Storage(error) => database::kind(error),
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::NotFound => "events.dead_letter_not_found",
            Self::Storage(_) => "storage.failed",
        }
    }
}

/// The part of the platform that could not handle an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ModuleName {
    User,
    Course,
    Progress,
    Notification,
}

impl ModuleName {
    /// In the order of [`NAMES`].
    const ALL: [Self; NAMES.len()] = [Self::User, Self::Course, Self::Progress, Self::Notification];
}

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
    let found = page(&modules, wanted, &list.slice).await;
    Ok(rest::list(&list, found.map_err(Error::from)?))
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
    Ok(rest::ok(&detail(&modules, *event).await?))
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
    let mut replayed = ReplayedEvent {
        event_id: *event,
        modules: Vec::new(),
    };
    for (module, database) in inboxes(&modules) {
        let found = dead_letters::replay(database, *event, ambient.now()).await;
        if found.map_err(Error::from)? {
            replayed.modules.push(module);
        }
    }
    if replayed.modules.is_empty() {
        return Err(Error::NotFound.into());
    }
    tracing::info!(event.id = %*event, "a dead letter is replayed by an administrator");
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
    let mut found = false;
    for (_, database) in inboxes(&modules) {
        let discarded = dead_letters::discard(database, *event, ambient.now()).await;
        found |= discarded.map_err(Error::from)?;
    }
    if !found {
        return Err(Error::NotFound.into());
    }
    tracing::info!(event.id = %*event, "a dead letter is discarded by an administrator");
    Ok(rest::no_content())
}

fn inboxes(modules: &Modules) -> impl Iterator<Item = (ModuleName, &Database)> {
    let databases = modules.databases().into_iter();
    let named = ModuleName::ALL.into_iter().zip(databases);
    named.map(|(module, (_, database))| (module, database))
}

async fn detail(modules: &Modules, event: EventId) -> Result<DeadLetterDetail, Error> {
    let mut found: Option<DeadLetterDetail> = None;
    for (module, database) in inboxes(modules) {
        let Some(letter) = dead_letters::find(database, event).await? else {
            continue;
        };
        let detail = found.get_or_insert_with(|| DeadLetterDetail {
            event_id: event,
            envelope: letter.envelope.clone(),
            dead_letters: Vec::new(),
        });
        detail.dead_letters.push(view(module, letter));
    }
    found.ok_or(Error::NotFound)
}

/// Walks the modules one after the other, so that a page costs no more than its own rows.
async fn page(
    modules: &Modules,
    wanted: Option<ModuleName>,
    slice: &Slice,
) -> Result<Page<DeadLetterView>, DbErr> {
    let mut inboxes: Vec<_> = inboxes(modules)
        .filter(|(module, _)| wanted.is_none_or(|wanted| wanted == *module))
        .collect();
    if slice.backward {
        inboxes.reverse();
    }
    let from = slice.from.as_deref().and_then(place);
    let mut rows: Vec<(ModuleName, DeadLetter)> = Vec::new();
    for &(module, database) in &inboxes {
        let rank = rank(module);
        let passed = |start: i64| (rank < start) != slice.backward && rank != start;
        if from.is_some_and(|(start, _)| passed(start)) {
            continue;
        }
        let taken = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        if taken > slice.limit {
            break;
        }
        let part = Slice {
            limit: slice.limit - taken,
            from: from
                .filter(|(start, _)| *start == rank)
                .map(|(_, position)| vec![Key::Int(position)]),
            ..slice.clone()
        };
        let letters = dead_letters::list_part(database, &part).await?;
        rows.extend(letters.into_iter().map(|letter| (module, letter)));
    }
    let mut page = Page::cut(rows, slice, |(module, letter)| {
        vec![Key::Int(rank(*module)), Key::Int(letter.position)]
    });
    if slice.count {
        let mut total = 0;
        for (_, database) in inboxes {
            total += dead_letters::count(database).await?;
        }
        page.total = Some(total);
    }
    Ok(page.map(|(module, letter)| view(module, letter)))
}

/// The module's rank and the position in its inbox, as they stand in a cursor.
fn place(keys: &[Key]) -> Option<(i64, i64)> {
    match keys {
        [Key::Int(rank), Key::Int(position)] => Some((*rank, *position)),
        _ => None,
    }
}

fn rank(module: ModuleName) -> i64 {
    (0..)
        .zip(ModuleName::ALL)
        .find_map(|(rank, known)| (known == module).then_some(rank))
        .unwrap_or_default()
}

fn view(module: ModuleName, letter: DeadLetter) -> DeadLetterView {
    DeadLetterView {
        module,
        event_id: letter.event_id,
        kind: letter.kind,
        error: letter.error.chars().take(ERROR_LENGTH).collect(),
        attempts: letter.attempts,
        received_at: letter.received_at,
    }
}
