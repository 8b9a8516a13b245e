//! The audit log, for administrators.

use actix_web::{HttpResponse, get, web};
use rest::{Admin, List, Paged};

use crate::command::AuditQuery;
use crate::service::Service;
use crate::view::AuditEntry;

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
    let page = service.audit_log(&list.filter, &list.slice).await?;
    Ok(rest::list(&list, page))
}
