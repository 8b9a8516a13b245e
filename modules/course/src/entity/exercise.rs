//! An exercise of a draft.

use sea_orm::entity::prelude::*;

/// One row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "exercise")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub course_id: Uuid,
    pub lesson_id: Uuid,
    pub position: i32,
    pub key: String,
    pub title: String,
    pub points: i32,
    pub body: String,
    /// The digest of the body.
    pub sha256: String,
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}
