//! The audit log, for administrators.

use actix_web::{HttpResponse, get, web};
use rest::{Admin, List, Paged, Routes};

use super::request::AuditQuery;
use super::service::Service;
use super::view::AuditEvent;

pub(crate) fn routes(config: &mut impl Routes) {
    config.service(list_audit_events);
}

/// List audit events.
///
/// Every security event of the platform, newest first; `gopro audit verify` shows whether the log
/// was changed.
#[utoipa::path(
    tag = "users",
    params(AuditQuery, rest::Paging),
    responses((status = 200, description = "Security events.", body = Paged<AuditEvent>)),
    security(("bearer" = []))
)]
#[get("/users/audit")]
pub(crate) async fn list_audit_events(
    service: web::Data<Service>,
    _admin: Admin,
    list: List<AuditQuery>,
) -> Result<HttpResponse, rest::Error> {
    let page = service.list(&list.filter, &list.page_request).await?;
    Ok(rest::list(&list, page))
}
