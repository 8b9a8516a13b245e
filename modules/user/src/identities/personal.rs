//! What is on record of a user's identities, for the export of their account.

use kernel::{Keyed, Place, UserId};
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::store;
use crate::error::Error;

/// The next identities of a user.
pub(crate) async fn export(
    db: &impl ConnectionTrait,
    user: UserId,
    place: &Place,
) -> Result<Vec<Keyed>, Error> {
    let page = store::page_of(db, user, place).await?.into_iter();
    let identities = page.map(|identity| {
        let shown = json!({
            "id": identity.id,
            "provider": identity.provider,
            "subject": identity.subject,
            "email": identity.email,
            "granted_role": identity.granted_role,
            "created_at": identity.created_at,
            "last_used_at": identity.last_used_at,
        });
        (json!(identity.id), shown)
    });
    Ok(identities.collect())
}
