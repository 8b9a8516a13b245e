//! The response bodies about dead letters.

use chrono::{DateTime, Utc};
use kernel::EventId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::module_name::ModuleName;

/// An event that a module could not handle.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeadLetterView {
    /// The module.
    #[schema(inline)]
    pub(super) module: ModuleName,
    /// The event; the same one may be a dead letter of several modules.
    #[schema(value_type = String, format = Uuid)]
    pub(super) event_id: EventId,
    /// Its type.
    #[serde(rename = "type")]
    #[schema(max_length = 200, example = "course.published.v1")]
    pub(super) kind: String,
    /// Why its last attempt failed.
    #[schema(max_length = 2000, example = "the course has no outline")]
    pub(super) error: String,
    /// How often it was tried.
    #[schema(minimum = 0, maximum = 1000)]
    pub(super) attempts: i32,
    /// When it was delivered.
    pub(super) received_at: DateTime<Utc>,
}

/// An event with everything that is known of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeadLetterDetail {
    /// The event.
    #[schema(value_type = String, format = Uuid)]
    pub(super) event_id: EventId,
    /// The CloudEvents envelope as it was delivered: JSON, unless just that is what is wrong.
    #[schema(max_length = 10000000)]
    pub(super) envelope: String,
    /// The modules that could not handle it.
    #[schema(max_items = 4)]
    pub(super) dead_letters: Vec<DeadLetterView>,
}

/// An event that is tried again.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReplayedEvent {
    /// The event.
    #[schema(value_type = String, format = Uuid)]
    pub(super) event_id: EventId,
    /// The modules that try it again.
    #[schema(inline, max_items = 4)]
    pub(super) modules: Vec<ModuleName>,
}
