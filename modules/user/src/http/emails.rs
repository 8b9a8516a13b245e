//! Verifying and changing e-mail addresses.

use actix_web::{HttpResponse, post, web};
use kernel::SecretString;
use rest::{Command, Learner};
use serde::Deserialize;
use utoipa::ToSchema;

use super::auth::{LetterSent, letter_sent};
use crate::schema;
use crate::service::Service;
use crate::view::Account;

/// The link of a mail.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "token": "what stands behind #token= in the mail" }))]
pub(crate) struct VerifyEmail {
    #[schema(schema_with = schema::link_token)]
    token: SecretString,
}

/// Where to write again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "email": "ada@example.org" }))]
pub(crate) struct ResendVerification {
    #[schema(schema_with = schema::email)]
    email: String,
}

/// Another address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "email": "ada.lovelace@example.org" }))]
pub(crate) struct ChangeEmail {
    #[schema(schema_with = schema::email)]
    email: String,
}

/// Show that an address is mine.
///
/// Takes the link of every mail that asks for it: after registering, after a change of address, and
/// to take such a change back.
#[utoipa::path(
    tag = "auth",
    request_body = VerifyEmail,
    responses(
        (status = 200, description = "The account with its verified address.", body = Account),
        (status = 403, description = "The link does not count, or no longer.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(())
)]
#[post("/auth/email/verify")]
pub(crate) async fn verify_email(
    service: web::Data<Service>,
    command: Command<VerifyEmail>,
) -> Result<HttpResponse, rest::Error> {
    let account = service
        .verify_email(&command.operation, &command.body.token)
        .await?;
    Ok(rest::ok(&account))
}

/// Ask for the mail that verifies an address again.
///
/// The answer is the same whether or not the address is known.
#[utoipa::path(
    tag = "auth",
    request_body = ResendVerification,
    responses((status = 202, description = "If the address waits to be verified, a mail is on its way.", body = LetterSent)),
    security(())
)]
#[post("/auth/email/resend")]
pub(crate) async fn resend_verification(
    service: web::Data<Service>,
    command: Command<ResendVerification>,
) -> Result<HttpResponse, rest::Error> {
    service
        .resend_verification(&command.operation, &command.body.email)
        .await?;
    Ok(letter_sent(
        "if this address waits to be verified, open the link that was mailed to it",
    ))
}

/// Change my address.
///
/// A mail asks at the new address; until its link is opened nothing changes.
/// The old address is told then, and can take the change back for a week.
#[utoipa::path(
    tag = "users",
    request_body = ChangeEmail,
    responses((status = 202, description = "A mail is on its way to the new address.", body = LetterSent)),
    security(("bearer" = []))
)]
#[post("/users/me/email")]
pub(crate) async fn change_my_email(
    service: web::Data<Service>,
    caller: Learner,
    command: Command<ChangeEmail>,
) -> Result<HttpResponse, rest::Error> {
    service
        .ask_to_change_email(&command.operation, &caller.0, &command.body.email)
        .await?;
    Ok(letter_sent(
        "open the link that was mailed to the new address",
    ))
}
