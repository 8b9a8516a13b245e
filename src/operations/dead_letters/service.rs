//! Dead letters of all modules: finding them, trying again, giving up.

use bus::dead_letters::{self, DeadLetter};
use database::Database;
use kernel::{EventId, Fault, Key, Kind, Page, PageRequest};
use sea_orm::DbErr;

use super::view::{DeadLetterDetail, DeadLetterView, ReplayedEvent};
use crate::module_name::ModuleName;
use crate::modules::Modules;

/// A driver's error may be long, and its beginning says what it is.
const ERROR_LENGTH: usize = 2000;

#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("there is no such dead letter; GET /api/v1/events/dead-letters lists all dead letters")]
    NotFound,
    #[error("the database is unavailable; try again in a second")]
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
            Self::Storage(error) => database::code(error),
        }
    }
}

/// Each module that could not handle the event tries it again.
pub(super) async fn replay(modules: &Modules, event: EventId) -> Result<ReplayedEvent, Error> {
    let mut replayed = ReplayedEvent {
        event_id: event,
        modules: Vec::new(),
    };
    for (module, database) in inboxes(modules) {
        if dead_letters::replay(database, event).await? {
            replayed.modules.push(module);
        }
    }
    if replayed.modules.is_empty() {
        return Err(Error::NotFound);
    }
    tracing::info!(event.id = %event, "an administrator replayed a dead letter");
    Ok(replayed)
}

/// Its effect is given up in each module that could not handle it.
pub(super) async fn discard(modules: &Modules, event: EventId) -> Result<(), Error> {
    let mut found = false;
    for (_, database) in inboxes(modules) {
        found |= dead_letters::discard(database, event).await?;
    }
    if !found {
        return Err(Error::NotFound);
    }
    tracing::info!(event.id = %event, "an administrator discarded a dead letter");
    Ok(())
}

fn inboxes(modules: &Modules) -> impl Iterator<Item = (ModuleName, &Database)> {
    modules.databases().all()
}

pub(super) async fn detail(modules: &Modules, event: EventId) -> Result<DeadLetterDetail, Error> {
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
        detail.dead_letters.push(view(module, letter.letter));
    }
    found.ok_or(Error::NotFound)
}

/// Walks the modules one after the other, so that a page costs no more than its own rows.
pub(super) async fn page(
    modules: &Modules,
    wanted: Option<ModuleName>,
    page_request: &PageRequest,
) -> Result<Page<DeadLetterView>, Error> {
    let mut inboxes: Vec<_> = inboxes(modules)
        .filter(|(module, _)| wanted.is_none_or(|wanted| wanted == *module))
        .collect();
    if page_request.backward {
        inboxes.reverse();
    }
    let from = page_request.from.as_deref().and_then(place);
    let mut rows: Vec<(ModuleName, DeadLetter)> = Vec::new();
    for &(module, database) in &inboxes {
        let rank = rank(module);
        let passed = |start: i64| (rank < start) != page_request.backward && rank != start;
        if from.is_some_and(|(start, _)| passed(start)) {
            continue;
        }
        let taken = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        if taken > page_request.limit {
            break;
        }
        let part = PageRequest {
            limit: page_request.limit - taken,
            from: from
                .filter(|(start, _)| *start == rank)
                .map(|(_, position)| vec![Key::Int(position)]),
            ..page_request.clone()
        };
        let letters = dead_letters::list_part(database, &part).await?;
        rows.extend(letters.into_iter().map(|letter| (module, letter)));
    }
    let mut page = Page::cut(rows, page_request, |(module, letter)| {
        vec![Key::Int(rank(*module)), Key::Int(letter.position)]
    });
    if page_request.count {
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
