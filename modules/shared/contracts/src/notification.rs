//! What the notification module tells. Nobody asks it anything, so it has no trait.

use std::collections::BTreeMap;

use kernel::{Event, NotificationId, SagaId, UserId};
use serde::{Deserialize, Serialize};

/// A message lies in a person's inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationCreated {
    /// The message.
    pub notification_id: NotificationId,
    /// Whose inbox.
    pub user_id: UserId,
    /// `security`, `account`, `course`, `progress` or `achievement`.
    pub category: String,
}

/// A message has left by a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationSent {
    /// The message.
    pub notification_id: NotificationId,
    /// To whom.
    pub user_id: UserId,
    /// `email`.
    pub channel: String,
}

/// A message could not be sent and will not be tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationFailed {
    /// The message.
    pub notification_id: NotificationId,
    /// To whom.
    pub user_id: UserId,
    /// `email`.
    pub channel: String,
}

/// What this module knows of a person, for the export of their account: their address, their inbox and what became of its messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationUserExported {
    /// The saga that asked.
    pub saga_id: SagaId,
    /// The person.
    pub user_id: UserId,
    /// A JSON object with a list per kind of record.
    pub part: serde_json::Value,
}

/// This module has erased what it knew of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationUserErased {
    /// The saga that asked.
    pub saga_id: SagaId,
    /// The person.
    pub user_id: UserId,
    /// How many records of each kind were removed.
    pub removed: BTreeMap<String, u64>,
}

impl Event for NotificationCreated {
    const TYPE: &'static str = "notification.created.v1";
    const AGGREGATE: &'static str = "notification";
    fn subject(&self) -> String {
        self.notification_id.to_string()
    }
}

impl Event for NotificationSent {
    const TYPE: &'static str = "notification.sent.v1";
    const AGGREGATE: &'static str = "notification";
    fn subject(&self) -> String {
        self.notification_id.to_string()
    }
}

impl Event for NotificationFailed {
    const TYPE: &'static str = "notification.failed.v1";
    const AGGREGATE: &'static str = "notification";
    fn subject(&self) -> String {
        self.notification_id.to_string()
    }
}

impl Event for NotificationUserExported {
    const TYPE: &'static str = "notification.user_exported.v1";
    const AGGREGATE: &'static str = "saga";
    fn subject(&self) -> String {
        self.saga_id.to_string()
    }
}

impl Event for NotificationUserErased {
    const TYPE: &'static str = "notification.user_erased.v1";
    const AGGREGATE: &'static str = "saga";
    fn subject(&self) -> String {
        self.saga_id.to_string()
    }
}
