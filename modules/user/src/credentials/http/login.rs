//! Logging in with a password.

use actix_web::{HttpResponse, post, web};
use rest::Command;

use super::super::request::LogIn;
use super::super::service::Service;
use crate::sessions::{Client, LoginAnswer};

/// Log in.
///
/// Opens a session and returns an access token and a refresh token.
/// An account with MFA gets an `mfa_token` for `POST /auth/mfa/challenge` instead.
/// After several failures, callers have to wait (429). A device that sends its `device_token`, and
/// a network that the user has logged in from, are not slowed down by the failures of others.
#[utoipa::path(
    tag = "auth",
    request_body = LogIn,
    responses(
        (status = 200, description = "The tokens of a new session, or an MFA challenge.", body = LoginAnswer),
        (status = 401, description = "The login or the password is incorrect.", body = rest::Problem, content_type = "application/problem+json"),
        (status = 403, description = "The account cannot be used now; `code` says why.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(())
)]
#[post("/auth/login")]
pub(crate) async fn log_in(
    service: web::Data<Service>,
    client: Client,
    command: Command<LogIn>,
) -> Result<HttpResponse, rest::Error> {
    let body = command.body;
    let answer = service.log_in(&command.operation, body, client).await?;
    Ok(rest::ok(&answer))
}
