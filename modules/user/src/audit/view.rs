//! The audit log.

use chrono::{DateTime, Utc};
use kernel::UserId;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::store::AuditRow;

/// One security event.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditEvent {
    /// Its number in the log, from 1 without gaps.
    #[schema(minimum = 1, maximum = 9007199254740991_i64)]
    pub sequence: i64,
    /// What happened.
    #[schema(max_length = 60, example = "login.succeeded")]
    pub action: String,
    /// Who did it; absent for actions of the system and requests without a token.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub actor: Option<UserId>,
    /// Whom it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub subject: Option<UserId>,
    /// The IP address that it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64, nullable = false)]
    pub ip_address: Option<String>,
    /// The request that it happened in.
    #[schema(max_length = 200)]
    pub request_id: String,
    /// Further details; they contain no secrets.
    #[schema(value_type = Object)]
    pub detail: Value,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
}

impl AuditEvent {
    pub(crate) fn of(row: AuditRow) -> Self {
        Self {
            sequence: row.sequence,
            action: row.action,
            actor: row.actor_id,
            subject: row.subject_id,
            ip_address: row.ip_address,
            request_id: row.request_id,
            detail: detail(row.sequence, row.detail),
            occurred_at: row.occurred_at,
        }
    }
}

/// A row that was damaged is shown as it stands, so that it hides neither itself nor its neighbors.
fn detail(sequence: i64, text: String) -> Value {
    serde_json::from_str(&text).unwrap_or_else(|error| {
        tracing::error!(audit.sequence = sequence, error = %error, "a row of the audit log cannot be read; see: gopro audit verify");
        json!({ "unreadable": text })
    })
}
