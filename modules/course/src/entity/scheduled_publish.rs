//! When a draft will be published.

use sea_orm::entity::prelude::*;

/// One row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "scheduled_publish")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub course_id: Uuid,
    pub publish_at: DateTimeUtc,
    pub change_notes: String,
    pub scheduled_by: Uuid,
    pub failure: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
