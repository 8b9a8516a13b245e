//! How learners come into a course.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "enrollment_settings")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub course_id: Uuid,
    pub revision: i64,
    /// How many learners can be in it at once; unlimited without.
    pub seats: Option<i32>,
    /// For how many days whoever enrolls may learn; without an end without.
    pub access_days: Option<i32>,
    /// For how many months its certificates are valid; without an end without.
    pub certificate_months: Option<i32>,
    pub changed_at: DateTimeUtc,
    /// When its waiting list was looked at last.
    pub tried_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
