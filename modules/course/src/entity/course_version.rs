//! A published version, which never changes.

use sea_orm::entity::prelude::*;

/// One row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "course_version")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub course_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    pub title: String,
    pub change_notes: String,
    pub published_by: Option<Uuid>,
    pub published_at: DateTimeUtc,
    pub meta: String,
    pub outline: String,
    /// What is kept of it beside the contents, which it may share with other versions.
    pub bytes: i64,
}

impl ActiveModelBehavior for ActiveModel {}
