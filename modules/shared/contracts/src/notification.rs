//! The events of the notification module. No module calls it, so it has no trait.

use kernel::{Event, NotificationId, UserId};
use serde::{Deserialize, Serialize};

/// A message lies in a user's inbox.
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
