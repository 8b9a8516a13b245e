//! What administrators see of a delivery.

use chrono::{DateTime, Utc};
use kernel::{DeliveryId, NotificationId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::record::DeliveryRecord;
use crate::domain::{Channel, DeliveryState, TemplateKey};

/// The delivery of a notification by one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct DeliveryView {
    /// The delivery; an email has it in its Message-ID.
    #[schema(value_type = String, format = Uuid)]
    pub(crate) id: DeliveryId,
    /// The notification that it delivers; absent for an email with a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid, nullable = false)]
    pub(crate) notification_id: Option<NotificationId>,
    /// The template of an email with a link, which is in no inbox.
    #[serde(rename = "template", default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) template: Option<TemplateKey>,
    /// The recipient; absent for an email to somebody who has no account yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid, nullable = false)]
    pub(crate) user_id: Option<UserId>,
    /// The channel.
    pub(crate) channel: Channel,
    /// Its state.
    pub(crate) state: DeliveryState,
    /// The number of attempts since it was queued.
    #[schema(minimum = 0, maximum = 1000)]
    pub(crate) attempts: i32,
    /// Why the last attempt failed; absent when none has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(
        max_length = 500,
        nullable = false,
        example = "permanent error (550): no such mailbox"
    )]
    pub(crate) error: Option<String>,
    /// When it was first queued.
    pub(crate) created_at: DateTime<Utc>,
    /// When it last changed.
    pub(crate) updated_at: DateTime<Utc>,
    /// When the transport accepted it; absent until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) sent_at: Option<DateTime<Utc>>,
}

impl From<DeliveryRecord> for DeliveryView {
    fn from(record: DeliveryRecord) -> Self {
        Self {
            id: record.id,
            notification_id: record.notification_id,
            template: record.email.map(|(template, _)| template),
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
