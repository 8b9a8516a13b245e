//! Users by whatever names them.

use std::collections::HashMap;

use kernel::{UserId, text};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::record::record;
use crate::domain::email_address;
use crate::entity::account::{Column, Entity};
use crate::error::Error;

/// The active users whom `names` name, each at the place of its name: by id, by username, or by verified email address.
pub(crate) async fn identify(
    db: &impl ConnectionTrait,
    names: &[String],
) -> Result<Vec<Option<UserId>>, Error> {
    let keys: Vec<String> = names.iter().map(|name| key(name)).collect();
    let ids = keys.iter().filter_map(|key| Uuid::try_parse(key).ok());
    let (emails, usernames): (Vec<&String>, Vec<&String>) =
        keys.iter().partition(|key| key.contains('@'));
    let by_email = Condition::all()
        .add(Column::EmailFolded.is_in(emails))
        .add(Column::EmailVerifiedAt.is_not_null());
    let any = Condition::any()
        .add(Column::Id.is_in(ids))
        .add(Column::UsernameFolded.is_in(usernames))
        .add(by_email);
    let rows = Entity::find()
        .filter(any)
        .filter(Column::ErasedAt.is_null())
        .all(db)
        .await?;
    let mut known: HashMap<String, UserId> = HashMap::new();
    for row in rows {
        let (username, email) = (row.username_folded.clone(), row.email_folded.clone());
        let account = record(row);
        if !account.is_active() {
            continue;
        }
        known.insert(account.id.to_string(), account.id);
        known.entry(username).or_insert(account.id);
        if account.email_verified_at.is_some() {
            known.insert(email, account.id);
        }
    }
    let found = keys.iter().map(|key| known.get(key).copied());
    Ok(found.collect())
}

/// What a name is compared by. PostgreSQL takes no NUL, and nobody has one in their name.
fn key(name: &str) -> String {
    let name = name.trim().replace('\0', " ");
    // An id without its hyphens could be a username.
    let id = Uuid::try_parse(&name).ok().filter(|_| name.len() == 36);
    match id {
        Some(id) => id.to_string(),
        None if name.contains('@') => email_address::key(&name),
        None => text::fold(&name),
    }
}
