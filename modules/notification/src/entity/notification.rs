//! Messages in users' inboxes.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::domain::{Category, MessageType};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "notification")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub event_id: Uuid,
    pub category: Category,
    pub kind: MessageType,
    pub title: String,
    pub body: String,
    /// The message with its facts, as JSON.
    #[serde(serialize_with = "database::json_text")]
    pub data: String,
    pub link: Option<String>,
    pub created_at: DateTimeUtc,
    pub read_at: Option<DateTimeUtc>,
    /// A removed message stays for its deliveries, but its owner sees it no more.
    pub removed_at: Option<DateTimeUtc>,
    pub version: i64,
}

impl ActiveModelBehavior for ActiveModel {}
