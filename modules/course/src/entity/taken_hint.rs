//! A hint that costs points and that a learner has taken.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// One row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "taken_hint")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    #[serde(skip)]
    pub learner_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub exercise_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    pub taken_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
