//! What is on record of a user's identities, for the export of their account.

use database::Transaction;
use kernel::UserId;
use serde_json::{Value, json};

use super::store;
use crate::error::Error;

pub(crate) async fn export_of(txn: &Transaction, user: UserId) -> Result<Vec<Value>, Error> {
    let identities = store::list_of(txn, user)
        .await?
        .into_iter()
        .map(|identity| {
            json!({
                "id": identity.id,
                "provider": identity.provider,
                "subject": identity.subject,
                "email": identity.email,
                "granted_role": identity.granted_role,
                "created_at": identity.created_at,
                "last_used_at": identity.last_used_at,
            })
        });
    Ok(identities.collect())
}
