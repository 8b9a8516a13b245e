//! Getting in and out.

use actix_web::{HttpRequest, HttpResponse, post, web};
use kernel::{Role, SecretString, SessionId};
use rest::{Command, Learner, Op};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::me::Account;
use crate::service::{Credentials, NewAccount, Registration, Service, Tokens};

/// An account that a visitor asks for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "email": "ada@example.org",
    "username": "ada",
    "password": "correct horse battery staple",
    "display_name": "Ada",
    "time_zone": "Europe/London"
}))]
pub(crate) struct Register {
    /// An address that reads mail; unique without regard to case.
    #[schema(min_length = 3, max_length = 254, format = Email)]
    email: String,
    /// A short name of letters, digits, `.`, `_` and `-`; unique without regard to case.
    #[schema(
        min_length = 3,
        max_length = 32,
        pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]$"
    )]
    username: String,
    /// At least 12 characters that are hard to guess; several words are easy to keep.
    #[schema(value_type = String, min_length = 12, max_length = 256, format = Password)]
    password: SecretString,
    /// The name to show; the username when absent.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    display_name: Option<String>,
    /// A BCP 47 language tag for messages; `en` when absent.
    #[serde(default)]
    #[schema(
        min_length = 2,
        max_length = 35,
        pattern = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
        nullable = false
    )]
    locale: Option<String>,
    /// An IANA time zone for days and streaks; `UTC` when absent.
    #[serde(default)]
    #[schema(
        min_length = 1,
        max_length = 64,
        pattern = "^[A-Za-z0-9_+/-]+$",
        nullable = false
    )]
    time_zone: Option<String>,
}

/// The way in with a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "login": "learner", "password": "correct horse battery staple" }))]
pub(crate) struct LogIn {
    /// The username or the e-mail address.
    #[schema(min_length = 1, max_length = 254)]
    login: String,
    /// The password.
    #[schema(value_type = String, min_length = 1, max_length = 256, format = Password)]
    password: SecretString,
    /// What to call this device in the list of sessions.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100, nullable = false)]
    device: Option<String>,
}

/// The way on with a refresh token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "refresh_token": "the refresh_token of the last answer, 43 letters" }))]
pub(crate) struct Refresh {
    /// The refresh token of the last answer; it works once.
    #[schema(value_type = String, min_length = 1, max_length = 100, format = Password)]
    refresh_token: SecretString,
}

/// The first administrator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "setup_token": "the token that the server printed at its first start",
    "email": "root@example.org",
    "username": "root",
    "password": "correct horse battery staple"
}))]
pub(crate) struct SetUp {
    /// The token that the server printed at its first start.
    #[schema(value_type = String, min_length = 1, max_length = 100, format = Password)]
    setup_token: SecretString,
    /// An address that reads mail.
    #[schema(min_length = 3, max_length = 254, format = Email)]
    email: String,
    /// A short name of letters, digits, `.`, `_` and `-`.
    #[schema(
        min_length = 3,
        max_length = 32,
        pattern = "^[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]$"
    )]
    username: String,
    /// At least 12 characters that are hard to guess.
    #[schema(value_type = String, min_length = 12, max_length = 256, format = Password)]
    password: SecretString,
}

/// What a client needs to call on (RFC 6749, section 5.1).
#[derive(Serialize, ToSchema)]
pub(crate) struct TokenPair {
    /// A JWT (RFC 9068) for `Authorization: Bearer`.
    #[schema(max_length = 4096)]
    access_token: String,
    /// Always `Bearer`.
    #[schema(max_length = 10, example = "Bearer")]
    token_type: &'static str,
    /// How long the access token counts, in seconds.
    #[schema(minimum = 1, maximum = 86400, example = 900)]
    expires_in: u64,
    /// For `POST /auth/refresh`; it works once.
    #[schema(max_length = 100)]
    refresh_token: String,
    /// The session that both belong to.
    session_id: SessionId,
}

/// Register.
///
/// Makes an account with the role student.
/// Log in afterwards.
#[utoipa::path(
    tag = "auth",
    request_body = Register,
    params(rest::IdempotencyHeader),
    responses((status = 201, description = "The account.", body = Account)),
    security(())
)]
#[post("/auth/register")]
pub(crate) async fn register(
    service: web::Data<Service>,
    command: Command<Register>,
) -> Result<HttpResponse, rest::Error> {
    let body = command.body;
    let wanted = Registration {
        username: body.username,
        email: body.email,
        password: body.password,
        display_name: body.display_name,
        locale: body.locale,
        time_zone: body.time_zone,
    };
    let outcome = service.register(&command.operation, wanted).await?;
    Ok(rest::created("/api/v1/users/me", &outcome))
}

/// Log in.
///
/// Opens a session and answers an access token and a refresh token.
#[utoipa::path(
    tag = "auth",
    request_body = LogIn,
    responses(
        (status = 200, description = "The tokens of a new session.", body = TokenPair),
        (status = 401, description = "Login or password is wrong.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(())
)]
#[post("/auth/login")]
pub(crate) async fn log_in(
    service: web::Data<Service>,
    request: HttpRequest,
    command: Command<LogIn>,
) -> Result<HttpResponse, rest::Error> {
    let body = command.body;
    let address = request.peer_addr().map(|peer| peer.ip().to_string());
    let credentials = Credentials {
        login: body.login,
        password: body.password,
        device: body.device.unwrap_or_else(|| device_of(&request)),
        address: address.unwrap_or_default(),
    };
    let tokens = service.log_in(&command.operation, credentials).await?;
    Ok(rest::ok(&TokenPair::of(tokens)))
}

/// Refresh the tokens.
///
/// Each refresh token works once.
/// One that comes back after its successor was used ends the session.
#[utoipa::path(
    tag = "auth",
    request_body = Refresh,
    responses(
        (status = 200, description = "The next tokens of the session.", body = TokenPair),
        (status = 401, description = "The refresh token does not count.", body = rest::Problem, content_type = "application/problem+json")
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
    Ok(rest::ok(&TokenPair::of(tokens)))
}

/// Log out.
///
/// Ends the session of the access token.
#[utoipa::path(
    tag = "auth",
    responses((status = 204, description = "The session is over.")),
    security(("bearer" = []))
)]
#[post("/auth/logout")]
pub(crate) async fn log_out(
    service: web::Data<Service>,
    caller: Learner,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let Learner(caller) = caller;
    service
        .end_session(&operation.0, caller.user_id, caller.session_id)
        .await?;
    Ok(rest::no_content())
}

/// Log out everywhere.
///
/// Ends every session of the caller.
#[utoipa::path(
    tag = "auth",
    responses((status = 204, description = "No session is left.")),
    security(("bearer" = []))
)]
#[post("/auth/logout-all")]
pub(crate) async fn log_out_everywhere(
    service: web::Data<Service>,
    caller: Learner,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    service
        .end_all_sessions(&operation.0, caller.0.user_id)
        .await?;
    Ok(rest::no_content())
}

/// Set up the first administrator.
///
/// Takes the token that the server prints at its first start, once.
#[utoipa::path(
    tag = "auth",
    request_body = SetUp,
    params(rest::IdempotencyHeader),
    responses(
        (status = 201, description = "The account.", body = Account),
        (status = 403, description = "The setup token does not count.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(())
)]
#[post("/auth/setup")]
pub(crate) async fn set_up(
    service: web::Data<Service>,
    command: Command<SetUp>,
) -> Result<HttpResponse, rest::Error> {
    let body = command.body;
    let account = NewAccount {
        id: None,
        username: body.username,
        email: body.email,
        password: body.password,
        display_name: None,
        locale: None,
        time_zone: None,
        roles: vec![Role::Student, Role::Instructor, Role::Admin].into(),
    };
    let outcome = service
        .set_up(&command.operation, &body.setup_token, account)
        .await?;
    Ok(rest::created("/api/v1/users/me", &outcome))
}

impl TokenPair {
    fn of(tokens: Tokens) -> Self {
        Self {
            access_token: tokens.access_token,
            token_type: "Bearer",
            expires_in: tokens.expires_in.as_secs(),
            refresh_token: tokens.refresh_token,
            session_id: tokens.session_id,
        }
    }
}

fn device_of(request: &HttpRequest) -> String {
    let agent = request.headers().get("user-agent");
    let agent = agent.and_then(|value| value.to_str().ok());
    agent.unwrap_or("unknown").chars().take(100).collect()
}
