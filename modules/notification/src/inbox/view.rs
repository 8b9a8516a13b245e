//! What a user sees of their inbox.

use chrono::{DateTime, Utc};
use kernel::NotificationId;
use serde::Serialize;
use utoipa::ToSchema;

use super::record::NotificationRecord;
use crate::domain::{Category, MessageType};

/// A notification in your inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct NotificationView {
    /// The message.
    #[schema(value_type = String, format = Uuid)]
    pub(crate) id: NotificationId,
    /// What it is about.
    pub(crate) category: Category,
    /// The type of the notification.
    #[serde(rename = "type")]
    pub(crate) message_type: MessageType,
    /// One line, in your language.
    #[schema(
        min_length = 1,
        max_length = 200,
        example = "You are enrolled in Go from Zero"
    )]
    pub(crate) title: String,
    /// A few sentences of plain text, in your language.
    #[schema(
        max_length = 10000,
        example = "Everything is ready. Begin with the first lesson whenever you like."
    )]
    pub(crate) body: String,
    /// The path in this API of what it is about; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        max_length = 500,
        nullable = false,
        example = "/api/v1/progress/courses/01940000-0000-7000-8000-000000000001"
    )]
    pub(crate) link: Option<String>,
    /// Whether you have marked it as read.
    pub(crate) read: bool,
    /// When it was written.
    pub(crate) created_at: DateTime<Utc>,
    /// Increases with each change; the same number as in the ETag.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

impl From<NotificationRecord> for NotificationView {
    fn from(record: NotificationRecord) -> Self {
        Self {
            id: record.id,
            category: record.category,
            message_type: record.message_type,
            title: record.title,
            body: record.body,
            link: record.link,
            read: record.read_at.is_some(),
            created_at: record.created_at,
            version: record.version,
        }
    }
}

/// How many of your notifications are unread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct UnreadCount {
    /// The number.
    #[schema(minimum = 0)]
    pub(crate) unread: u64,
}

/// How many of your notifications were marked as read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct MarkedRead {
    /// The number.
    #[schema(minimum = 0)]
    pub(crate) marked: u64,
}
