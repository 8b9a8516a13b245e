//! Who has earned what.

use sea_orm::entity::prelude::*;
use serde::Serialize;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "earned_achievement")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub learner_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub achievement_id: Uuid,
    pub points: i32,
    pub earned_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
