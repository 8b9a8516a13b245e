//! The last sequence number of each aggregate.

use sea_orm::entity::prelude::*;

/// One aggregate.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event_stream")]
pub struct Model {
    /// `<aggregate kind>/<aggregate id>`.
    #[sea_orm(primary_key, auto_increment = false)]
    pub stream: String,
    /// The number of its newest event.
    pub sequence: i64,
}

impl ActiveModelBehavior for ActiveModel {}
