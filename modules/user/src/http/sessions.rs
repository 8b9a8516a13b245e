//! The caller's logins on their devices.

use actix_web::{HttpResponse, delete, get, web};
use kernel::{SessionId, UserId};
use rest::{Admin, Learner, Op, Path};
use serde::Serialize;
use utoipa::ToSchema;

use crate::service::Service;
use crate::view::SessionView;

/// The open sessions.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Sessions {
    /// The one last seen comes first.
    #[schema(max_items = 10000)]
    items: Vec<SessionView>,
}

/// List my sessions.
#[utoipa::path(
    tag = "users",
    responses((status = 200, description = "The caller's open sessions.", body = Sessions)),
    security(("bearer" = []))
)]
#[get("/users/me/sessions")]
pub(crate) async fn list_my_sessions(
    service: web::Data<Service>,
    caller: Learner,
) -> Result<HttpResponse, rest::Error> {
    let Learner(caller) = caller;
    let items = service.sessions(caller.user_id, caller.session_id).await?;
    Ok(rest::ok(&Sessions { items }))
}

/// End one of my sessions.
#[utoipa::path(
    tag = "users",
    params(("session" = SessionId, Path, description = "The session.")),
    responses((status = 204, description = "The session is over.")),
    security(("bearer" = []))
)]
#[delete("/users/me/sessions/{session}")]
pub(crate) async fn end_my_session(
    service: web::Data<Service>,
    caller: Learner,
    session: Path<SessionId>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    service
        .end_session(&operation.0, caller.0.user_id, *session)
        .await?;
    Ok(rest::no_content())
}

/// End my other sessions.
///
/// Every session but the one of this request.
#[utoipa::path(
    tag = "users",
    responses((status = 204, description = "Only this session is left.")),
    security(("bearer" = []))
)]
#[delete("/users/me/sessions")]
pub(crate) async fn end_my_other_sessions(
    service: web::Data<Service>,
    caller: Learner,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let Learner(caller) = caller;
    service
        .end_all_sessions(&operation.0, caller.user_id, Some(caller.session_id))
        .await?;
    Ok(rest::no_content())
}

/// End the sessions of a person.
#[utoipa::path(
    tag = "users",
    params(("user" = UserId, Path, description = "The person.", example = "01940000-0000-7000-8000-000000000a02")),
    responses((status = 204, description = "No session of theirs is left.")),
    security(("bearer" = []))
)]
#[delete("/users/{user}/sessions")]
pub(crate) async fn end_sessions_of(
    service: web::Data<Service>,
    _admin: Admin,
    user: Path<UserId>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    service.end_all_sessions(&operation.0, *user, None).await?;
    Ok(rest::no_content())
}
