//! The caller's inbox.

use actix_web::{HttpResponse, delete, get, patch, post, web};
use kernel::NotificationId;
use rest::{IfMatch, Json, Learner, List, Path};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::message::Category;
use crate::service::Service;
use crate::view::{MarkedRead, NotificationView, UnreadCount};

/// Which messages are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct NotificationFilter {
    /// Only messages about this.
    #[param(inline, required = false)]
    #[serde(default)]
    category: Option<Category>,
    /// `true` for unread messages only, `false` for read ones only.
    #[param(required = false)]
    #[serde(default)]
    unread: Option<bool>,
}

/// What changes in a message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "read": true }))]
pub(crate) struct UpdateNotification {
    /// Whether you have read it; absent leaves it as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    read: Option<bool>,
}

/// List your notifications.
///
/// Newest first. What happens to your account, courses and achievements arrives here a moment later.
#[utoipa::path(
    tag = "notifications",
    params(NotificationFilter, rest::Paging),
    responses((status = 200, description = "A page of your inbox.", body = rest::Paged<NotificationView>)),
    security(("bearer" = ["notifications:read"]))
)]
#[get("/notifications")]
pub(crate) async fn list_notifications(
    service: web::Data<Service>,
    caller: Learner,
    list: List<NotificationFilter>,
) -> Result<HttpResponse, rest::Error> {
    let filter = &list.filter;
    let page = service
        .list(&caller.0, filter.category, filter.unread, &list.slice)
        .await?;
    Ok(rest::list(&list, page))
}

/// Count your unread notifications.
///
/// Cheap enough to be asked for often, for the number beside a bell.
#[utoipa::path(
    tag = "notifications",
    responses((status = 200, description = "The number.", body = UnreadCount)),
    security(("bearer" = ["notifications:read"]))
)]
#[get("/notifications/unread-count")]
pub(crate) async fn count_unread_notifications(
    service: web::Data<Service>,
    caller: Learner,
) -> Result<HttpResponse, rest::Error> {
    Ok(rest::ok(&service.unread_count(&caller.0).await?))
}

/// Mark all your notifications as read.
///
/// Sending it again changes nothing more, so it needs no Idempotency-Key.
#[utoipa::path(
    tag = "notifications",
    responses((status = 200, description = "How many were unread until now.", body = MarkedRead)),
    security(("bearer" = ["notifications:write"]))
)]
#[post("/notifications/read-all")]
pub(crate) async fn read_all_notifications(
    service: web::Data<Service>,
    caller: Learner,
) -> Result<HttpResponse, rest::Error> {
    Ok(rest::ok(&service.mark_all(&caller.0).await?))
}

/// Read one of your notifications.
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
pub(crate) async fn get_notification(
    service: web::Data<Service>,
    caller: Learner,
    notification: Path<NotificationId>,
) -> Result<HttpResponse, rest::Error> {
    let view = service.read(&caller.0, *notification).await?;
    Ok(rest::with_version(view.version, &view))
}

/// Mark one of your notifications as read or unread.
///
/// A JSON merge patch (RFC 7396). What is so already keeps its version.
#[utoipa::path(
    tag = "notifications",
    params(("notification" = Uuid, Path, description = "The notification.", example = "01940000-0000-7000-8000-000000000f01"), rest::IfMatch),
    request_body = UpdateNotification,
    responses((status = 200, description = "The notification as it is now.", body = NotificationView,
        headers(("ETag" = String, description = "The new version.")))),
    security(("bearer" = ["notifications:write"]))
)]
#[patch("/notifications/{notification}")]
pub(crate) async fn update_notification(
    service: web::Data<Service>,
    caller: Learner,
    notification: Path<NotificationId>,
    expected: IfMatch,
    change: Json<UpdateNotification>,
) -> Result<HttpResponse, rest::Error> {
    let view = service
        .mark(&caller.0, *notification, &expected.0, change.0.read)
        .await?;
    Ok(rest::with_version(view.version, &view))
}

/// Delete one of your notifications.
///
/// A mail of it that is on its way still arrives.
#[utoipa::path(
    tag = "notifications",
    params(("notification" = Uuid, Path, description = "The notification.", example = "01940000-0000-7000-8000-000000000f01"), rest::IfMatch),
    responses((status = 204, description = "It is gone.")),
    security(("bearer" = ["notifications:write"]))
)]
#[delete("/notifications/{notification}")]
pub(crate) async fn delete_notification(
    service: web::Data<Service>,
    caller: Learner,
    notification: Path<NotificationId>,
    expected: IfMatch,
) -> Result<HttpResponse, rest::Error> {
    service
        .remove(&caller.0, *notification, &expected.0)
        .await?;
    Ok(rest::no_content())
}
