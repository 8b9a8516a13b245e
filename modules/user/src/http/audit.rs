//! The audit log, for administrators.

use actix_web::{HttpResponse, get, web};
use chrono::{DateTime, Utc};
use kernel::UserId;
use rest::{Admin, List, Paged};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::service::Service;
use crate::store::audit::{AuditFilter, AuditRow};

/// What to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// What happened, such as `login.failed`.
    #[serde(default)]
    #[param(
        min_length = 3,
        max_length = 60,
        pattern = "^[a-z_]+\\.[a-z_]+$",
        required = false
    )]
    action: Option<String>,
    /// Only what this person did.
    #[serde(default)]
    #[param(required = false)]
    actor: Option<UserId>,
    /// Only what concerns this person.
    #[serde(default)]
    #[param(required = false)]
    subject: Option<UserId>,
}

/// One security event.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditEntry {
    /// Its place in the log, from 1 without a gap.
    #[schema(minimum = 1, maximum = 9007199254740991_i64)]
    sequence: i64,
    /// What happened.
    #[schema(max_length = 60, example = "login.succeeded")]
    action: String,
    /// Who did it; absent for what the system did by itself, or what nobody showed a token for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    actor: Option<UserId>,
    /// Whom it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    subject: Option<UserId>,
    /// The network address that it came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64, nullable = false)]
    address: Option<String>,
    /// The request that it happened in.
    #[schema(max_length = 200)]
    request_id: String,
    /// What else there is to know; it holds no secret.
    #[schema(value_type = Object)]
    detail: serde_json::Value,
    /// When it happened.
    occurred_at: DateTime<Utc>,
}

/// Read the audit log.
///
/// Every security event of the platform, the newest first; `gopro audit verify` shows whether it
/// was changed.
#[utoipa::path(
    tag = "users",
    params(AuditQuery, rest::Paging),
    responses((status = 200, description = "Security events.", body = Paged<AuditEntry>)),
    security(("bearer" = []))
)]
#[get("/users/audit")]
pub(crate) async fn read_audit_log(
    service: web::Data<Service>,
    _admin: Admin,
    list: List<AuditQuery>,
) -> Result<HttpResponse, rest::Error> {
    let filter = AuditFilter {
        action: list.filter.action.clone(),
        actor: list.filter.actor,
        subject: list.filter.subject,
    };
    let page = service.audit_log(&filter, &list.slice).await?;
    Ok(rest::list(&list, page.map(entry)))
}

fn entry(row: AuditRow) -> AuditEntry {
    AuditEntry {
        sequence: row.sequence,
        action: row.action,
        actor: row.actor_id,
        subject: row.subject_id,
        address: row.address,
        request_id: row.request_id,
        detail: serde_json::from_str(&row.detail).unwrap_or_default(),
        occurred_at: row.occurred_at,
    }
}
