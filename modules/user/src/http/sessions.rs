//! The caller's logins on their devices.

use actix_web::{HttpResponse, delete, get, web};
use chrono::{DateTime, Utc};
use kernel::{SessionId, UserId};
use rest::{Admin, Caller, Learner, Op, Path};
use serde::Serialize;
use utoipa::ToSchema;

use crate::service::Service;
use crate::store::sessions::Session;

/// A login on one device.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionView {
    /// The session.
    id: SessionId,
    /// What the device called itself.
    #[schema(max_length = 100)]
    device: String,
    /// The address that it came from.
    #[schema(max_length = 64)]
    address: String,
    /// When it began.
    created_at: DateTime<Utc>,
    /// When its tokens were last refreshed.
    last_seen_at: DateTime<Utc>,
    /// When it ends at the latest.
    expires_at: DateTime<Utc>,
    /// Whether it is the one of this request.
    current: bool,
}

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
    let sessions = service.sessions(caller.0.user_id).await?;
    let views = sessions.into_iter().map(|session| view(session, &caller.0));
    Ok(rest::ok(&Sessions {
        items: views.collect(),
    }))
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

fn view(session: Session, caller: &Caller) -> SessionView {
    SessionView {
        current: session.id == caller.session_id,
        id: session.id,
        device: session.device,
        address: session.address,
        created_at: session.created_at,
        last_seen_at: session.last_seen_at,
        expires_at: session.expires_at,
    }
}
