//! A notification as the inbox keeps it.

use chrono::{DateTime, Utc};
use kernel::{EventId, NotificationId, UserId};

use crate::domain::{Category, MessageType};

/// A message in an inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotificationRecord {
    pub(crate) id: NotificationId,
    pub(crate) user_id: UserId,
    pub(crate) event_id: EventId,
    pub(crate) category: Category,
    pub(crate) message_type: MessageType,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) data: String,
    pub(crate) link: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) read_at: Option<DateTime<Utc>>,
    pub(crate) version: i64,
}
