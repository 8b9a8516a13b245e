//! What the user module tells while it exports or erases an account. It asks each module by an
//! event, and each answers with its own.

use chrono::{DateTime, Utc};
use kernel::{Event, ProofId, SagaId, UserId};
use serde::{Deserialize, Serialize};

/// A person wants everything that is known of them; each module answers with its part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserExportRequested {
    /// The saga; the answers carry it too.
    pub saga_id: SagaId,
    /// The person.
    pub user_id: UserId,
}

/// One module shall erase what it knows of a person, and answer with what it removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserErasureRequested {
    /// The saga; the answer carries it too.
    pub saga_id: SagaId,
    /// The person.
    pub user_id: UserId,
    /// Whose turn it is: `course`, `progress` or `notification`.
    pub module: String,
}

/// An account is frozen and will be erased, unless it is kept by the link of a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserErasureStarted {
    /// The person.
    pub user_id: UserId,
    /// Names the letter with the link that keeps the account.
    pub proof_id: ProofId,
    /// When the erasure begins and cannot be taken back any more.
    pub erase_after: DateTime<Utc>,
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

impl Event for UserErasureStarted {
    const TYPE: &'static str = "user.erasure_started.v1";
    const AGGREGATE: &'static str = "user";
    fn subject(&self) -> String {
        self.user_id.to_string()
    }
}
