//! Events that were delivered to this module, and what became of them.

use sea_orm::entity::prelude::*;

/// The event waits for its handler.
pub const PENDING: i16 = 0;
/// The handler's effect is committed.
pub const DONE: i16 = 1;
/// The event failed too often: a dead letter.
pub const PARKED: i16 = 2;
/// An operator has given the dead letter up.
pub const DISCARDED: i16 = 3;

/// One delivered event.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "inbox")]
pub struct Model {
    /// The order of arrival.
    #[sea_orm(primary_key)]
    pub position: i64,
    /// The event's id; unique, so that a duplicate is seen.
    pub event_id: Uuid,
    /// `<aggregate kind>/<aggregate id>`: what order is kept by.
    pub stream: String,
    /// The event's type.
    pub kind: String,
    /// The CloudEvents envelope as JSON.
    pub envelope: String,
    /// One of the constants of this file.
    pub state: i16,
    /// How often its handler has failed.
    pub attempts: i32,
    /// Not before this moment.
    pub available_at: DateTimeUtc,
    /// Why the last attempt failed.
    pub error: Option<String>,
    /// When it was delivered.
    pub received_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
