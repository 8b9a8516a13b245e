//! What a lesson or an exercise says in all versions of a course in which it says so.

use sea_orm::entity::prelude::*;

/// One row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "version_content")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub course_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub sha256: String,
    pub body: String,
    pub bytes: i64,
}

impl ActiveModelBehavior for ActiveModel {}
