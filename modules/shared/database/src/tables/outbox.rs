//! Events that were decided and wait to be published.

use sea_orm::entity::prelude::*;

/// The row is still to be published.
pub const PENDING: i16 = 0;
/// The bus has taken the event.
pub const PUBLISHED: i16 = 1;
/// The row cannot be read as an event and waits for an operator.
pub const PARKED: i16 = 2;

/// One event in its envelope.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "outbox")]
pub struct Model {
    /// The order of writing; per stream it is the order of the events.
    #[sea_orm(primary_key)]
    pub position: i64,
    /// The event's id.
    pub event_id: Uuid,
    /// `<aggregate kind>/<aggregate id>`: what order is kept by.
    pub stream: String,
    /// The CloudEvents envelope as JSON.
    pub envelope: String,
    /// One of the constants of this file.
    pub state: i16,
    /// Why the row cannot be read.
    pub error: Option<String>,
    /// When it was appended.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
