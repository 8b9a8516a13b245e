//! The events with which the user module exports and erases accounts. It requests each module's
//! part by an event, and each module answers with an event that says which module it is.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kernel::{Event, OneTimeTokenId, Place, SagaId, UserId};
use serde::{Deserialize, Serialize};

/// A user requested an export of their data; each module that is named answers with the requested
/// piece of its part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserExportRequested {
    /// The saga; the answers carry it too.
    pub saga_id: SagaId,
    /// The user.
    pub user_id: UserId,
    /// Which piece is wanted, by module; without any every module begins.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub wanted: BTreeMap<String, WantedPiece>,
}

/// The piece of a module's part that is wanted next.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WantedPiece {
    /// Its number, from 0.
    pub piece: u32,
    /// Where it begins, as the piece before it says; `None` for the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Place>,
}

impl UserExportRequested {
    /// The piece that `module` must send; `None` when the event is for other modules.
    pub fn wanted_of(&self, module: &str) -> Option<WantedPiece> {
        match self.wanted.is_empty() {
            true => Some(WantedPiece::default()),
            false => self.wanted.get(module).cloned(),
        }
    }
}

/// One module shall erase what it knows of a user, and answer with what it removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserErasureRequested {
    /// The saga; the answer carries it too.
    pub saga_id: SagaId,
    /// The user.
    pub user_id: UserId,
    /// Whose turn it is: `course`, `progress` or `notification`.
    pub module: String,
}

/// A module hands over a piece of what it knows of a user, for the export of their account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserExported {
    /// The module that answers: `course`, `progress` or `notification`.
    pub module: String,
    /// The saga that requested it.
    pub saga_id: SagaId,
    /// The user.
    pub user_id: UserId,
    /// The number of this piece, from 0.
    #[serde(default)]
    pub piece: u32,
    /// Where the next piece begins; nothing in the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Place>,
    /// A JSON object with a list per kind of record.
    pub part: serde_json::Value,
}

/// A module has erased what it knew of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserErased {
    /// The module that answers: `course`, `progress` or `notification`.
    pub module: String,
    /// The saga that requested it.
    pub saga_id: SagaId,
    /// The user.
    pub user_id: UserId,
    /// How many records of each kind were removed.
    pub removed: BTreeMap<String, u64>,
}

/// The deletion of an account is scheduled, unless it is cancelled by the link of an email.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserErasureStarted {
    /// The user.
    pub user_id: UserId,
    /// The token of the email with the link that keeps the account.
    pub token_id: OneTimeTokenId,
    /// When the erasure begins and cannot be taken back any more.
    pub erase_after: DateTime<Utc>,
}

/// An account that was to be erased is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserErasureCancelled {
    /// The person.
    pub user_id: UserId,
}

impl Event for UserExportRequested {
    const TYPE: &'static str = "user.export_requested.v1";
    const AGGREGATE: &'static str = "saga";
    fn subject(&self) -> String {
        self.saga_id.to_string()
    }
}

impl Event for UserErasureRequested {
    const TYPE: &'static str = "user.erasure_requested.v1";
    const AGGREGATE: &'static str = "saga";
    fn subject(&self) -> String {
        self.saga_id.to_string()
    }
}

impl Event for UserExported {
    const TYPE: &'static str = "user.exported.v1";
    const AGGREGATE: &'static str = "saga";
    fn subject(&self) -> String {
        self.saga_id.to_string()
    }
}

impl Event for UserErased {
    const TYPE: &'static str = "user.erased.v1";
    const AGGREGATE: &'static str = "saga";
    fn subject(&self) -> String {
        self.saga_id.to_string()
    }
}

impl Event for UserErasureStarted {
    const TYPE: &'static str = "user.erasure_started.v1";
    const AGGREGATE: &'static str = "user";
    fn subject(&self) -> String {
        self.user_id.to_string()
    }
}

impl Event for UserErasureCancelled {
    const TYPE: &'static str = "user.erasure_cancelled.v1";
    const AGGREGATE: &'static str = "user";
    fn subject(&self) -> String {
        self.user_id.to_string()
    }
}
