//! All rows about one person: for the export of their account, and for its erasure.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use kernel::UserId;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QueryResult,
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::people::Person;
use crate::entity::{audit, recovery_code, session, totp};

/// The tables whose rows belong to one person and go with them. Refresh tokens go with sessions.
const THEIRS: [&str; 7] = [
    "session",
    "proof",
    "totp",
    "recovery_code",
    "identity",
    "provider_flow",
    "api_token",
];

/// What is kept beside the account itself, without any secret or hash of one.
pub(crate) async fn gather(db: &impl ConnectionTrait, person: UserId) -> Result<Value, DbErr> {
    Ok(json!({
        "sessions": sessions(db, person).await?,
        "identities": identities(db, person).await?,
        "api_tokens": api_tokens(db, person).await?,
        "second_factor": second_factor(db, person).await?,
        "audit": audit(db, person).await?,
    }))
}

/// Deletes every credential of a person, and what waits at their address; returns how many rows of
/// each table.
pub(crate) async fn delete_of(
    db: &impl ConnectionTrait,
    person: &Person,
) -> Result<BTreeMap<String, u64>, DbErr> {
    let mut removed = BTreeMap::new();
    for table in THEIRS {
        let mut theirs = Condition::any().add(Expr::col("user_id").eq(person.id.uuid()));
        if table == "proof" {
            // Some letters went to the address before there was an account.
            theirs = theirs.add(Expr::col("email").eq(kernel::text::fold(&person.email)));
        }
        let delete = Query::delete()
            .from_table(table)
            .cond_where(theirs)
            .to_owned();
        let deleted = db.execute(&delete).await?;
        removed.insert(table.to_owned(), deleted.rows_affected());
    }
    Ok(removed)
}

async fn sessions(db: &impl ConnectionTrait, person: UserId) -> Result<Vec<Value>, DbErr> {
    let rows = session::Entity::find()
        .filter(session::Column::UserId.eq(person.uuid()))
        .order_by_asc(session::Column::CreatedAt)
        .all(db)
        .await?;
    let told = rows.into_iter().map(|row| {
        json!({
            "id": row.id,
            "device": row.device,
            "address": row.address,
            "created_at": row.created_at,
            "last_seen_at": row.last_seen_at,
            "expires_at": row.expires_at,
            "ended_at": row.ended_at,
        })
    });
    Ok(told.collect())
}

async fn identities(db: &impl ConnectionTrait, person: UserId) -> Result<Vec<Value>, DbErr> {
    let select = Query::select()
        .columns([
            "id",
            "provider",
            "subject",
            "email",
            "created_at",
            "last_used_at",
        ])
        .from("identity")
        .and_where(Expr::col("user_id").eq(person.uuid()))
        .to_owned();
    let rows = db.query_all(&select).await?;
    rows.iter().map(identity).collect()
}

fn identity(row: &QueryResult) -> Result<Value, DbErr> {
    Ok(json!({
        "id": row.try_get::<Uuid>("", "id")?,
        "provider": row.try_get::<String>("", "provider")?,
        "subject": row.try_get::<String>("", "subject")?,
        "email": row.try_get::<Option<String>>("", "email")?,
        "created_at": row.try_get::<DateTime<Utc>>("", "created_at")?,
        "last_used_at": row.try_get::<Option<DateTime<Utc>>>("", "last_used_at")?,
    }))
}

async fn api_tokens(db: &impl ConnectionTrait, person: UserId) -> Result<Vec<Value>, DbErr> {
    let tokens = super::api_tokens::list_of(db, person).await?;
    let told = tokens.into_iter().map(|token| {
        json!({
            "id": token.id,
            "name": token.name,
            "scopes": token.scopes,
            "created_at": token.created_at,
            "expires_at": token.expires_at,
            "last_used_at": token.last_used_at,
        })
    });
    Ok(told.collect())
}

async fn second_factor(db: &impl ConnectionTrait, person: UserId) -> Result<Value, DbErr> {
    let authenticator = totp::Entity::find_by_id(person.uuid()).one(db).await?;
    let codes = recovery_code::Entity::find()
        .filter(recovery_code::Column::UserId.eq(person.uuid()))
        .count(db)
        .await?;
    Ok(json!({
        "authenticator_since": authenticator.and_then(|row| row.confirmed_at),
        "recovery_codes": codes,
    }))
}

async fn audit(db: &impl ConnectionTrait, person: UserId) -> Result<Vec<Value>, DbErr> {
    let about = Condition::any()
        .add(audit::Column::SubjectId.eq(person.uuid()))
        .add(audit::Column::ActorId.eq(person.uuid()));
    let rows = audit::Entity::find()
        .filter(about)
        .order_by_asc(audit::Column::Sequence)
        .all(db)
        .await?;
    let told = rows.into_iter().map(|row| {
        json!({
            "action": row.action,
            "actor": row.actor_id,
            "subject": row.subject_id,
            "address": row.address,
            "request_id": row.request_id,
            "detail": serde_json::from_str::<Value>(&row.detail).unwrap_or_default(),
            "occurred_at": row.occurred_at,
        })
    });
    Ok(told.collect())
}
