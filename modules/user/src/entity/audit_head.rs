//! Where the audit log ends, sealed with the master key, so that a cut end is seen.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_head")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    pub sequence: i64,
    pub hash: Vec<u8>,
    pub seal: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
