//! One security event; each row seals all before it.

use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i64,
    pub action: String,
    pub actor_id: Option<Uuid>,
    pub subject_id: Option<Uuid>,
    pub ip_address: Option<String>,
    pub request_id: String,
    pub detail: String,
    pub occurred_at: DateTimeUtc,
    pub hash: Vec<u8>,
}

impl ActiveModelBehavior for ActiveModel {}
