//! Refreshing the tokens of a session, and logging out.

use actix_web::{HttpResponse, post, web};
use rest::{AuthenticatedUser, Command, Op};

use super::super::request::Refresh;
use super::super::service::Service;
use super::super::view::TokenPair;

/// Refresh tokens.
///
/// Each refresh token works once; for 10 seconds after that, it returns the same successor again,
/// so that several tabs can refresh at the same time.
/// Using it later, after its successor was used, ends the session.
#[utoipa::path(
    tag = "auth",
    request_body = Refresh,
    responses(
        (status = 200, description = "The next tokens of the session.", body = TokenPair),
        (status = 401, description = "The refresh token is invalid or has expired.", body = rest::Problem, content_type = "application/problem+json"),
        (status = 403, description = "The account cannot be used now; `code` says why.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(())
)]
#[post("/auth/refresh")]
pub(crate) async fn refresh(
    service: web::Data<Service>,
    command: Command<Refresh>,
) -> Result<HttpResponse, rest::Error> {
    let token = &command.body.refresh_token;
    let tokens = service.refresh(&command.operation, token).await?;
    Ok(rest::ok(&tokens))
}

/// Log out.
///
/// Ends the session of the access token.
#[utoipa::path(
    tag = "auth",
    responses((status = 204, description = "The session has ended.")),
    security(("bearer" = ["mfa:enroll"]))
)]
#[post("/auth/logout")]
pub(crate) async fn log_out(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let AuthenticatedUser(caller) = caller;
    service
        .end(&operation.0, caller.user_id, caller.session_id)
        .await?;
    Ok(rest::no_content())
}

/// Log out of all sessions.
///
/// Ends every session of the caller.
#[utoipa::path(
    tag = "auth",
    responses((status = 204, description = "All sessions have ended.")),
    security(("bearer" = []))
)]
#[post("/auth/logout-all")]
pub(crate) async fn log_out_all(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    service
        .end_all(&operation.0, caller.0.user_id, None)
        .await?;
    Ok(rest::no_content())
}
