//! What is known of a course as a whole.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "course")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub slug: String,
    /// The number of the event that brought the slug; 0 for one that was requested.
    pub slug_sequence: i64,
    pub newest: i64,
    pub archived: bool,
    pub invite_only: bool,
}

impl ActiveModelBehavior for ActiveModel {}
