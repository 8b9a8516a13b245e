//! What the log says of a learner as a whole, and of how much it was folded, until it takes the place of what is shown.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "learner_shadow")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub fold_version: i32,
    pub facts: i64,
    pub zones: i64,
    pub achievements: i64,
    pub vacations: i64,
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
}

impl ActiveModelBehavior for ActiveModel {}
