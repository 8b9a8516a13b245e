//! Which time zones a learner had, by how many facts of theirs were recorded before.

use sea_orm::entity::prelude::*;
use serde::Serialize;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "zone_change")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub learner_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub facts: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub time_zone: String,
    /// The number of the event that brought it.
    pub sequence: i64,
}

impl ActiveModelBehavior for ActiveModel {}
