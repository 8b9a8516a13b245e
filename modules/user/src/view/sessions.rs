//! The logins of a person.

use chrono::{DateTime, Utc};
use kernel::SessionId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::store::sessions::Session;

/// A login on one device.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionView {
    /// The session.
    pub id: SessionId,
    /// What the device called itself.
    #[schema(max_length = 100)]
    pub device: String,
    /// The address that it came from.
    #[schema(max_length = 64)]
    pub address: String,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When its tokens were last refreshed.
    pub last_seen_at: DateTime<Utc>,
    /// When it ends at the latest.
    pub expires_at: DateTime<Utc>,
    /// Whether it is the one of this request.
    pub current: bool,
}

impl SessionView {
    /// `current` is the session that asks.
    pub(crate) fn of(session: Session, current: SessionId) -> Self {
        Self {
            current: session.id == current,
            id: session.id,
            device: session.device,
            address: session.address,
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            expires_at: session.expires_at,
        }
    }
}
