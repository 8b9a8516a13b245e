//! What can be earned, and by which rule.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "achievement")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub position: i64,
    pub name: String,
    pub description: String,
    pub tier: String,
    pub points: i32,
    pub metric: String,
    pub threshold: i64,
    pub course_id: Option<Uuid>,
    pub tag: Option<String>,
    pub retired_at: Option<DateTimeUtc>,
    pub revision: i64,
}

impl ActiveModelBehavior for ActiveModel {}
