//! Getting in, on and out.

use actix_web::{HttpRequest, HttpResponse, post, web};
use kernel::{SecretString, SessionId};
use rest::{Command, Learner, Op};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::service::{Credentials, LoggedIn, Service, Tokens};

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
    #[schema(min_length = 1, max_length = 100, format = "line", nullable = false)]
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
    /// What the access token may be used for; absent when it is everything. `mfa:enroll` means that
    /// a role of the person needs a second factor, which must be set up first.
    #[serde(skip_serializing_if = "str::is_empty")]
    #[schema(max_length = 100, required = false)]
    scope: &'static str,
}

/// The password was right, and the second factor is owed.
#[derive(Serialize, ToSchema)]
pub(crate) struct MfaChallenge {
    /// Always true.
    mfa_required: bool,
    /// For `POST /auth/mfa/challenge`, together with a code.
    #[schema(max_length = 4096)]
    mfa_token: String,
    /// How long the token counts, in seconds.
    #[schema(minimum = 1, maximum = 3600, example = 300)]
    expires_in: u64,
}

/// What a login answers.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum LoginAnswer {
    /// The person is in.
    Tokens(TokenPair),
    /// The second factor is owed.
    Challenge(MfaChallenge),
}

/// Log in.
///
/// Opens a session and answers an access token and a refresh token.
/// Who has a second factor gets an `mfa_token` for `POST /auth/mfa/challenge` instead.
#[utoipa::path(
    tag = "auth",
    request_body = LogIn,
    responses(
        (status = 200, description = "The tokens of a new session, or the second factor that is owed.", body = LoginAnswer),
        (status = 401, description = "Login or password is wrong.", body = rest::Problem, content_type = "application/problem+json"),
        (status = 403, description = "The account waits for something; `code` says for what.", body = rest::Problem, content_type = "application/problem+json")
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
    let credentials = Credentials {
        login: body.login,
        password: body.password,
        device: body.device.unwrap_or_else(|| device_of(&request)),
        address: address_of(&request),
    };
    let entered = service.log_in(&command.operation, credentials).await?;
    Ok(rest::ok(&LoginAnswer::of(entered)))
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
        (status = 401, description = "The refresh token does not count.", body = rest::Problem, content_type = "application/problem+json"),
        (status = 403, description = "The account waits for something; `code` says for what.", body = rest::Problem, content_type = "application/problem+json")
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
    security(("bearer" = ["mfa:enroll"]))
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
        .end_all_sessions(&operation.0, caller.0.user_id, None)
        .await?;
    Ok(rest::no_content())
}

impl LoginAnswer {
    pub(super) fn of(entered: LoggedIn) -> Self {
        match entered {
            LoggedIn::Tokens(tokens) => Self::Tokens(TokenPair::of(tokens)),
            LoggedIn::Challenge {
                mfa_token,
                expires_in,
            } => Self::Challenge(MfaChallenge {
                mfa_required: true,
                mfa_token,
                expires_in: expires_in.as_secs(),
            }),
        }
    }
}

impl TokenPair {
    pub(super) fn of(tokens: Tokens) -> Self {
        Self {
            access_token: tokens.access_token,
            token_type: "Bearer",
            expires_in: tokens.expires_in.as_secs(),
            refresh_token: tokens.refresh_token,
            session_id: tokens.session_id,
            scope: tokens.scope,
        }
    }
}

pub(super) fn device_of(request: &HttpRequest) -> String {
    let agent = request.headers().get("user-agent");
    let agent = agent.and_then(|value| value.to_str().ok());
    agent.unwrap_or("unknown").chars().take(100).collect()
}

pub(super) fn address_of(request: &HttpRequest) -> String {
    let address = rest::client_address(request).map(|address| address.to_string());
    address.unwrap_or_default()
}
