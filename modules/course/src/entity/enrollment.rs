//! Which published version a learner is on.

use sea_orm::entity::prelude::*;
use serde::Serialize;

/// One row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "enrollment")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub course_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub learner_id: Uuid,
    pub version: i64,
    /// Whether they have not left since; who comes back is on the same version.
    pub active: bool,
    /// Whether the staff has removed them, or their time is over.
    pub barred: bool,
}

impl ActiveModelBehavior for ActiveModel {}
