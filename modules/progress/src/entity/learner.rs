//! Projection: one row per user, with what is known of them.

use sea_orm::entity::prelude::*;
use serde::Serialize;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "learner")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub display_name: Option<String>,
    pub time_zone: String,
    pub points: i64,
    pub seconds: i64,
    pub lessons: i32,
    pub courses: i32,
    pub exercises: i32,
    pub perfects: i32,
    pub streak_days: i32,
    pub longest_streak: i32,
    pub last_active_day: Option<Date>,
    pub learned_at: Option<DateTimeUtc>,
    pub counted_at: Option<DateTimeUtc>,
    pub next_day_at: Option<DateTimeUtc>,
    pub alive_until: Option<DateTimeUtc>,
    pub grace_until: Option<DateTimeUtc>,
    pub grace_free_at: Option<DateTimeUtc>,
    /// A list of the vacations that were announced.
    #[serde(serialize_with = "database::json_text")]
    pub vacations: String,
    pub visible: bool,
    pub alias: Option<String>,
    pub locked: bool,
    pub locked_sequence: i64,
    pub erasing: bool,
    pub erasing_sequence: i64,
    pub user_sequence: i64,
}

impl ActiveModelBehavior for ActiveModel {}
