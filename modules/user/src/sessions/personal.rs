//! What is on record of a user's sessions: handed over, deleted, and forgotten in time.

use chrono::{DateTime, Duration, Utc};
use database::Transaction;
use kernel::{Keyed, Place, UserId};
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::store::{self, api_tokens, known_callers};
use crate::error::Error;

/// How long a session or a token that is over stays on record.
const RECORD: Duration = Duration::days(30);

/// The next sessions for the export of an account.
pub(crate) async fn export(
    db: &impl ConnectionTrait,
    user: UserId,
    place: &Place,
) -> Result<Vec<Keyed>, Error> {
    let page = store::page_of(db, user, place).await?.into_iter();
    let sessions = page.map(|session| {
        let shown = json!({
            "id": session.id,
            "device": session.device,
            "ip_address": session.ip_address,
            "created_at": session.created_at,
            "last_seen_at": session.last_seen_at,
            "expires_at": session.expires_at,
            "ended_at": session.ended_at,
        });
        (json!(session.id), shown)
    });
    Ok(sessions.collect())
}

/// The next devices and networks for the export of an account.
pub(crate) async fn export_known_callers(
    db: &impl ConnectionTrait,
    user: UserId,
    place: &Place,
) -> Result<Vec<Keyed>, Error> {
    let page = known_callers::page_of(db, user, place).await?.into_iter();
    // A network is exported as it is; the hash of a device's token means nothing to anybody.
    let callers = page.map(|(id, caller)| {
        let shown = json!({
            "kind": caller.kind,
            "network": (caller.kind == "network").then_some(caller.value),
            "created_at": caller.created_at,
            "last_seen_at": caller.last_seen_at,
        });
        (json!(id), shown)
    });
    Ok(callers.collect())
}

/// The next tokens for the export of an account, without their secrets.
pub(crate) async fn export_api_tokens(
    db: &impl ConnectionTrait,
    user: UserId,
    place: &Place,
) -> Result<Vec<Keyed>, Error> {
    let page = api_tokens::page_of(db, user, place).await?.into_iter();
    let tokens = page.map(|token| {
        let shown = json!({
            "id": token.id,
            "name": token.name,
            "scopes": token.scopes,
            "created_at": token.created_at,
            "expires_at": token.expires_at,
            "last_used_at": token.last_used_at,
        });
        (json!(token.id), shown)
    });
    Ok(tokens.collect())
}

/// Deletes it; returns how many rows of each table.
pub(crate) async fn delete_of(
    txn: &Transaction,
    user: UserId,
) -> Result<[(&'static str, u64); 3], Error> {
    Ok([
        ("session", store::delete_of(txn, user).await?),
        ("api_token", api_tokens::delete_of(txn, user).await?),
        ("known_caller", known_callers::delete_of(txn, user).await?),
    ])
}

/// Deletes what has long been over; returns how much.
pub(crate) async fn sweep(txn: &Transaction, now: DateTime<Utc>) -> Result<u64, Error> {
    let sessions = store::delete_before(txn, now - RECORD).await?;
    let tokens = api_tokens::delete_before(txn, now - RECORD).await?;
    let callers = known_callers::delete_before(txn, now - known_callers::KNOWN_FOR).await?;
    Ok(sessions + tokens + callers)
}
