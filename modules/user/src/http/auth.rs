//! Registering, and the first administrator.

use actix_web::{HttpResponse, post, web};
use kernel::SecretString;
use rest::Command;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::command::SetUp;
use crate::schema;
use crate::service::{Registered, Registration, Service};
use crate::view::Account;

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
    #[schema(schema_with = schema::email)]
    email: String,
    #[schema(schema_with = schema::username)]
    username: String,
    #[schema(schema_with = schema::new_password)]
    password: SecretString,
    /// The name to show; the username when absent.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100, format = "line", nullable = false)]
    display_name: Option<String>,
    #[serde(default)]
    #[schema(schema_with = schema::locale, required = false)]
    locale: Option<String>,
    #[serde(default)]
    #[schema(schema_with = schema::time_zone, required = false)]
    time_zone: Option<String>,
    /// The token of an invitation, where one is needed.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100, format = Password, nullable = false)]
    invitation: Option<SecretString>,
}

/// A letter is on its way.
#[derive(Serialize, ToSchema)]
pub(crate) struct LetterSent {
    /// What to do next.
    #[schema(max_length = 300)]
    detail: &'static str,
}

/// Register.
///
/// Makes an account with the role student; log in afterwards.
/// Where addresses are verified first, the answer is 202 whether or not the address is known, and a
/// mail says how to go on.
#[utoipa::path(
    tag = "auth",
    request_body = Register,
    params(rest::IdempotencyHeader),
    responses(
        (status = 201, description = "The account.", body = Account),
        (status = 202, description = "A mail says how to go on.", body = LetterSent),
        (status = 403, description = "Nobody can register here, or only with an invitation.", body = rest::Problem, content_type = "application/problem+json")
    ),
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
        invitation: body.invitation,
    };
    Ok(match service.register(&command.operation, wanted).await? {
        Registered::Account(outcome) => rest::created("/api/v1/users/me", &outcome),
        Registered::Letter => letter_sent("open the link that was mailed to you, then log in"),
    })
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
    let outcome = service.set_up(&command.operation, command.body).await?;
    Ok(rest::created("/api/v1/users/me", &outcome))
}

/// 202, the same whatever is true of the address.
pub(super) fn letter_sent(detail: &'static str) -> HttpResponse {
    HttpResponse::Accepted()
        .insert_header(("Cache-Control", rest::PRIVATE))
        .json(LetterSent { detail })
}
