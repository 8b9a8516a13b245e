//! All rows about one person, as they stand, for the export of their account.

use kernel::UserId;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, Select};
use serde::Serialize;
use serde_json::{Value, json};

use crate::entity::{delivery, notification, recipient};

/// A JSON object with a list per kind of record.
pub(crate) async fn gather(db: &impl ConnectionTrait, person: UserId) -> Result<Value, DbErr> {
    let id = person.uuid();
    let recipient = recipient::Entity::find_by_id(id);
    let notifications = notification::Entity::find()
        .filter(notification::Column::UserId.eq(id))
        .order_by_asc(notification::Column::CreatedAt);
    let deliveries = delivery::Entity::find()
        .filter(delivery::Column::UserId.eq(id))
        .order_by_asc(delivery::Column::CreatedAt);
    Ok(json!({
        "recipient": rows(db, recipient).await?,
        "notifications": rows(db, notifications).await?,
        "deliveries": rows(db, deliveries).await?,
    }))
}

async fn rows<E>(db: &impl ConnectionTrait, select: Select<E>) -> Result<Vec<Value>, DbErr>
where
    E: EntityTrait<Model: Serialize>,
{
    let rows = select.all(db).await?;
    let readable = rows.iter().map(readable).collect::<Result<_, _>>();
    readable.map_err(|error| DbErr::Custom(format!("a row does not encode: {error}")))
}

/// What is kept as JSON text is shown as JSON.
fn readable(row: &impl Serialize) -> Result<Value, serde_json::Error> {
    let mut value = serde_json::to_value(row)?;
    if let Some(text) = value["data"].as_str() {
        value["data"] = serde_json::from_str(text)?;
    }
    Ok(value)
}
