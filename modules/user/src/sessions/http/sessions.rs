//! The caller's logins on their devices.

use actix_web::{HttpResponse, delete, get, web};
use kernel::{SessionId, UserId};
use rest::{Admin, AuthenticatedUser, Op, Path};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::service::Service;
use super::super::view::SessionView;

/// The open sessions.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SessionList)]
pub(crate) struct Sessions {
    /// The most recently used comes first.
    #[schema(max_items = 10000)]
    items: Vec<SessionView>,
}

/// List sessions of the current user.
#[utoipa::path(
    tag = "users",
    responses((status = 200, description = "The caller's open sessions.", body = Sessions)),
    security(("bearer" = []))
)]
#[get("/users/me/sessions")]
pub(crate) async fn list_my_sessions(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
) -> Result<HttpResponse, rest::Error> {
    let AuthenticatedUser(caller) = caller;
    let items = service.list(caller.user_id, caller.session_id).await?;
    Ok(rest::ok(&Sessions { items }))
}

/// Revoke a session of the current user.
#[utoipa::path(
    tag = "users",
    params(("session" = SessionId, Path, description = "The session.")),
    responses((status = 204, description = "The session has ended.")),
    security(("bearer" = []))
)]
#[delete("/users/me/sessions/{session}")]
pub(crate) async fn revoke_my_session(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    session: Path<SessionId>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    service
        .end(&operation.0, caller.0.user_id, *session)
        .await?;
    Ok(rest::no_content())
}

/// Revoke all other sessions of the current user.
///
/// Every session but the one of this request.
#[utoipa::path(
    tag = "users",
    responses((status = 204, description = "All other sessions have ended.")),
    security(("bearer" = []))
)]
#[delete("/users/me/sessions")]
pub(crate) async fn revoke_my_other_sessions(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let AuthenticatedUser(caller) = caller;
    service
        .end_all(&operation.0, caller.user_id, Some(caller.session_id))
        .await?;
    Ok(rest::no_content())
}

/// Revoke all sessions of a user.
#[utoipa::path(
    tag = "users",
    params(("user" = UserId, Path, description = "The user.", example = "01940000-0000-7000-8000-000000000a02")),
    responses((status = 204, description = "All sessions of the user have ended.")),
    security(("bearer" = []))
)]
#[delete("/users/{user}/sessions")]
pub(crate) async fn revoke_user_sessions(
    service: web::Data<Service>,
    _admin: Admin,
    user: Path<UserId>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    service.end_all(&operation.0, *user, None).await?;
    Ok(rest::no_content())
}
