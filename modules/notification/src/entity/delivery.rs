//! What is to be sent, and how that went.

use sea_orm::entity::prelude::*;
use serde::Serialize;

use crate::domain::{Channel, DeliveryState, Lane, TemplateKey};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "delivery")]
pub(crate) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub notification_id: Option<Uuid>,
    pub user_id: Option<Uuid>,
    pub template: Option<TemplateKey>,
    pub token_id: Option<Uuid>,
    pub channel: Channel,
    pub lane: Lane,
    pub state: DeliveryState,
    pub attempts: i32,
    /// Not before this moment; of one that is being sent, when its worker is given up; none once there
    /// is nothing more to try.
    pub available_at: Option<DateTimeUtc>,
    pub error: Option<String>,
    pub correlation: String,
    pub created_at: DateTimeUtc,
    pub updated_at: DateTimeUtc,
    pub sent_at: Option<DateTimeUtc>,
}

impl ActiveModelBehavior for ActiveModel {}
