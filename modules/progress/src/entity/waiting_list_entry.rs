//! Who waits for a seat in a course, in the order of the numbers.

use sea_orm::entity::prelude::*;
use serde::Serialize;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "waiting_list_entry")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub number: i64,
    pub course_id: Uuid,
    pub learner_id: Uuid,
    pub title: String,
    pub joined_at: DateTimeUtc,
    /// Whether the staff has put them into the line.
    pub brought: bool,
    /// Until when they are passed over, because something kept them from being enrolled.
    pub not_before: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
