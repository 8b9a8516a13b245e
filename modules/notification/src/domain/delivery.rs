//! The ways by which a message reaches a user, and what can become of it there.

use std::fmt;

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A channel of notifications.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum,
)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[schema(as = DeliveryChannel)]
pub(crate) enum Channel {
    /// The inbox that the API serves; it needs no transport.
    InApp,
    /// An email.
    Email,
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// Which deliveries wait for one another. Each lane has workers of its own, so that many of one kind
/// delay no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub(crate) enum Lane {
    /// What an account and its safety depend on, such as the link for a new password.
    Account,
    /// Links to addresses that may be anybody's, which anybody can cause.
    Registration,
    /// All other notifications.
    Notification,
}

/// The state of a delivery.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum,
)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub(crate) enum DeliveryState {
    /// It waits for its first or next attempt.
    Queued,
    /// A worker is sending it.
    Sending,
    /// The transport has accepted it.
    Sent,
    /// It was not to be sent when its turn came: a newer link has replaced its own, or the email address is not
    /// verified and the notification is not about the safety of the account.
    Suppressed,
    /// It is not retried unless an administrator requests it.
    Failed,
}
