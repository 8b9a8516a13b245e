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
    /// All that is kept of the version; absent until it is weighed.
    pub bytes: Option<i64>,
}

impl ActiveModelBehavior for ActiveModel {}
