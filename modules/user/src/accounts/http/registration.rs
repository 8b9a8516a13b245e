//! Registering, and the first administrator.

use actix_web::{HttpResponse, post, web};
use rest::Command;

use super::super::registered::Registered;
use super::super::request::{Register, SetUp};
use super::super::service::Service;
use super::super::view::Account;
use crate::one_time_tokens::{EmailQueued, email_sent};

/// Register an account.
///
/// Creates an account with the role student; log in afterwards.
/// If addresses must be verified first, the response is 202 whether or not the address is known,
/// and an email explains the next step.
#[utoipa::path(
    tag = "auth",
    request_body = Register,
    params(rest::IdempotencyHeader),
    responses(
        (status = 201, description = "The account.", body = Account),
        (status = 202, description = "An email explains the next step.", body = EmailQueued),
        (status = 403, description = "Registration is closed, or requires an invitation.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(())
)]
#[post("/auth/register")]
pub(crate) async fn register(
    service: web::Data<Service>,
    command: Command<Register>,
) -> Result<HttpResponse, rest::Error> {
    let registered = service.register(&command.operation, command.body).await?;
    Ok(match registered {
        Registered::Account(outcome) => rest::created("/api/v1/users/me", &outcome),
        Registered::EmailSent => {
            email_sent("open the link in the email that was sent to you, then log in")
        }
    })
}

/// Create the first administrator.
///
/// Requires the setup token that the server prints when it starts; it works once.
#[utoipa::path(
    tag = "auth",
    request_body = SetUp,
    params(rest::IdempotencyHeader),
    responses(
        (status = 201, description = "The account.", body = Account),
        (status = 403, description = "The setup token is invalid.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(())
)]
#[post("/auth/setup")]
pub(crate) async fn create_first_admin(
    service: web::Data<Service>,
    command: Command<SetUp>,
) -> Result<HttpResponse, rest::Error> {
    let outcome = service
        .create_first_admin(&command.operation, command.body)
        .await?;
    Ok(rest::created("/api/v1/users/me", &outcome))
}
