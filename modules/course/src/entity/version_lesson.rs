//! A lesson as it was published.

use sea_orm::entity::prelude::*;

/// One row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "version_lesson")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub course_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub lesson_id: Uuid,
    pub section_id: Uuid,
    pub position: i32,
    pub body: String,
}

impl ActiveModelBehavior for ActiveModel {}
