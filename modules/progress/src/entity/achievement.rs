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
}

impl ActiveModelBehavior for ActiveModel {}
