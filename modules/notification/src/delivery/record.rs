//! A delivery as its table keeps it.

use chrono::{DateTime, Utc};
use kernel::{DeliveryId, NotificationId, OneTimeTokenId, UserId};

use crate::domain::{Channel, DeliveryState, Lane, TemplateKey};

/// One message on its way by one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeliveryRecord {
    pub(crate) id: DeliveryId,
    /// The notification that it carries; none for a transactional email.
    pub(crate) notification_id: Option<NotificationId>,
    pub(crate) user_id: Option<UserId>,
    /// The transactional email that it carries, and the one-time token that names it.
    pub(crate) email: Option<(TemplateKey, OneTimeTokenId)>,
    pub(crate) channel: Channel,
    pub(crate) lane: Lane,
    pub(crate) state: DeliveryState,
    pub(crate) attempts: i32,
    /// When it is due; none once there is nothing more to try.
    pub(crate) available_at: Option<DateTime<Utc>>,
    pub(crate) error: Option<String>,
    pub(crate) correlation: String,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) sent_at: Option<DateTime<Utc>>,
}
