//! That the learners of a course are being moved to a newer version.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "course_upgrade")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub course_id: Uuid,
    /// The version of those who are moved; 0 when it is everybody on an earlier one, because no key can be absent.
    #[sea_orm(primary_key, auto_increment = false)]
    pub from_version: i64,
    /// Where they are moved.
    pub version: i64,
    pub requested_at: DateTimeUtc,
    /// When its last turn began; when it was requested before the first one.
    pub tried_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
