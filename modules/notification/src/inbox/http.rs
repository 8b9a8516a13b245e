//! The caller's inbox.

use actix_web::{HttpResponse, delete, get, patch, post, web};
use kernel::NotificationId;
use rest::{AuthenticatedUser, IfMatch, Json, List, Path, Routes};

use super::request::{NotificationFilter, UpdateNotification};
use super::service::Service;
use super::view::{MarkedRead, NotificationView, UnreadCount};

/// Adds the routes of the room. Fixed words come before the id that would swallow them.
pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(list_my_notifications)
        .service(get_my_unread_count)
        .service(mark_all_my_notifications_read)
        .service(get_my_notification)
        .service(update_my_notification)
        .service(delete_my_notification);
}

/// List notifications of the current user.
///
/// Newest first. What happens to your account, courses and achievements arrives here a moment later.
#[utoipa::path(
    tag = "notifications",
    params(NotificationFilter, rest::Paging),
    responses((status = 200, description = "A page of your inbox.", body = rest::Paged<NotificationView>)),
    security(("bearer" = ["notifications:read"]))
)]
#[get("/notifications")]
pub(crate) async fn list_my_notifications(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    list: List<NotificationFilter>,
) -> Result<HttpResponse, rest::Error> {
    let page = service
        .list(&caller.0, &list.filter, &list.page_request)
        .await?;
    Ok(rest::list(&list, page))
}

/// Get the number of unread notifications of the current user.
///
/// Cheap enough to poll, for the badge of an inbox icon.
#[utoipa::path(
    tag = "notifications",
    responses((status = 200, description = "The number.", body = UnreadCount)),
    security(("bearer" = ["notifications:read"]))
)]
#[get("/notifications/unread-count")]
pub(crate) async fn get_my_unread_count(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
) -> Result<HttpResponse, rest::Error> {
    Ok(rest::ok(&service.unread_count(&caller.0).await?))
}

/// Mark all notifications of the current user as read.
///
/// Repeating it changes nothing, so it needs no Idempotency-Key.
#[utoipa::path(
    tag = "notifications",
    responses((status = 200, description = "How many were unread until now.", body = MarkedRead)),
    security(("bearer" = ["notifications:write"]))
)]
#[post("/notifications/read-all")]
pub(crate) async fn mark_all_my_notifications_read(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
) -> Result<HttpResponse, rest::Error> {
    Ok(rest::ok(&service.mark_all_read(&caller.0).await?))
}

/// Get a notification of the current user.
///
/// Reading does not mark it as read; send PATCH for that.
#[utoipa::path(
    tag = "notifications",
    params(("notification" = Uuid, Path, description = "The notification.", example = "01940000-0000-7000-8000-000000000f01")),
    responses((status = 200, description = "The notification.", body = NotificationView,
        headers(("ETag" = String, description = "The version to send in If-Match.")))),
    security(("bearer" = ["notifications:read"]))
)]
#[get("/notifications/{notification}")]
pub(crate) async fn get_my_notification(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    notification: Path<NotificationId>,
) -> Result<HttpResponse, rest::Error> {
    let view = service.get(&caller.0, *notification).await?;
    Ok(rest::with_version(view.version, &view))
}

/// Mark a notification as read or unread.
///
/// A JSON merge patch (RFC 7396). Without a change, the version stays the same.
#[utoipa::path(
    tag = "notifications",
    params(("notification" = Uuid, Path, description = "The notification.", example = "01940000-0000-7000-8000-000000000f01"), rest::IfMatch),
    request_body = UpdateNotification,
    responses((status = 200, description = "The notification as it is now.", body = NotificationView,
        headers(("ETag" = String, description = "The new version.")))),
    security(("bearer" = ["notifications:write"]))
)]
#[patch("/notifications/{notification}")]
pub(crate) async fn update_my_notification(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    notification: Path<NotificationId>,
    expected: IfMatch,
    change: Json<UpdateNotification>,
) -> Result<HttpResponse, rest::Error> {
    let view = service
        .update(&caller.0, *notification, &expected.0, &change.0)
        .await?;
    Ok(rest::with_version(view.version, &view))
}

/// Delete a notification of the current user.
///
/// An email of it that is already on its way still arrives.
#[utoipa::path(
    tag = "notifications",
    params(("notification" = Uuid, Path, description = "The notification.", example = "01940000-0000-7000-8000-000000000f01"), rest::IfMatch),
    responses((status = 204, description = "The notification was deleted.")),
    security(("bearer" = ["notifications:write"]))
)]
#[delete("/notifications/{notification}")]
pub(crate) async fn delete_my_notification(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    notification: Path<NotificationId>,
    expected: IfMatch,
) -> Result<HttpResponse, rest::Error> {
    service
        .delete(&caller.0, *notification, &expected.0)
        .await?;
    Ok(rest::no_content())
}
