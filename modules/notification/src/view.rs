//! What callers of the HTTP API see.

use chrono::{DateTime, Utc};
use kernel::{NotificationId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::channel::Channel;
use crate::delivery::DeliveryState;
use crate::letter::LetterType;
use crate::message::{Category, MessageType};
use crate::store::deliveries::DeliveryRecord;
use crate::store::notifications::NotificationRecord;

/// A message in your inbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct NotificationView {
    /// The message.
    #[schema(value_type = String, format = Uuid)]
    pub(crate) id: NotificationId,
    /// What it is about.
    pub(crate) category: Category,
    /// Which kind of message it is.
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
    /// The path in this API of what it speaks of; absent when there is none.
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
    /// Grows with each change; the same number as in the ETag.
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

/// How many of your messages are unread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct UnreadCount {
    /// The number.
    #[schema(minimum = 0)]
    pub(crate) unread: u64,
}

/// How many of your messages were marked as read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct MarkedRead {
    /// The number.
    #[schema(minimum = 0)]
    pub(crate) marked: u64,
}

/// A message on its way by one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct DeliveryView {
    /// The delivery; a mail carries it in its Message-ID.
    pub(crate) id: Uuid,
    /// The message in an inbox that it carries; absent for a letter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid, nullable = false)]
    pub(crate) notification_id: Option<NotificationId>,
    /// The letter that it carries: a mail with a link that stands in no inbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) letter: Option<LetterType>,
    /// To whom; absent for a letter to somebody who has no account yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid, nullable = false)]
    pub(crate) user_id: Option<UserId>,
    /// By which channel.
    pub(crate) channel: Channel,
    /// What has become of it.
    pub(crate) state: DeliveryState,
    /// How often it was tried since it was queued.
    #[schema(minimum = 0, maximum = 1000)]
    pub(crate) attempts: i32,
    /// Why the last try failed; absent when none has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(
        max_length = 500,
        nullable = false,
        example = "permanent error (550): no such mailbox"
    )]
    pub(crate) error: Option<String>,
    /// When it was queued first.
    pub(crate) created_at: DateTime<Utc>,
    /// When it changed last.
    pub(crate) updated_at: DateTime<Utc>,
    /// When the transport took it; absent until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) sent_at: Option<DateTime<Utc>>,
}

impl From<DeliveryRecord> for DeliveryView {
    fn from(record: DeliveryRecord) -> Self {
        Self {
            id: record.id,
            notification_id: record.notification_id,
            letter: record.letter.map(|(letter, _)| letter),
            user_id: record.user_id,
            channel: record.channel,
            state: record.state,
            attempts: record.attempts,
            error: record.error,
            created_at: record.created_at,
            updated_at: record.updated_at,
            sent_at: record.sent_at,
        }
    }
}
