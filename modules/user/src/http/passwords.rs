//! Changing, forgetting and resetting passwords.

use actix_web::{HttpResponse, post, put, web};
use kernel::{SecretString, UserId};
use rest::{Admin, Command, Learner, Op, Path};
use serde::Deserialize;
use utoipa::ToSchema;

use super::auth::{LetterSent, letter_sent};
use crate::schema;
use crate::service::Service;

/// Another password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "current_password": "correct horse battery staple",
    "new_password": "another horse with a better battery"
}))]
pub(crate) struct ChangePassword {
    /// The present one.
    #[schema(value_type = String, min_length = 1, max_length = 256, format = Password)]
    current_password: SecretString,
    #[schema(schema_with = schema::new_password)]
    new_password: SecretString,
}

/// Whose password is forgotten.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "email": "learner@example.org" }))]
pub(crate) struct ForgotPassword {
    #[schema(schema_with = schema::email)]
    email: String,
}

/// A new password by a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "token": "what stands behind #token= in the mail",
    "new_password": "another horse with a better battery"
}))]
pub(crate) struct ResetPassword {
    #[schema(schema_with = schema::link_token)]
    token: SecretString,
    #[schema(schema_with = schema::new_password)]
    new_password: SecretString,
}

/// Change my password.
///
/// Every other session of yours ends, and a mail tells you of it; this one goes on, and its next refresh gives a token that counts. API tokens stay as they are: delete those that you do not know. Who has a second factor shows it within the ten minutes before.
#[utoipa::path(
    tag = "users",
    request_body = ChangePassword,
    responses((status = 204, description = "The new password counts.")),
    security(("bearer" = []))
)]
#[put("/users/me/password")]
pub(crate) async fn change_my_password(
    service: web::Data<Service>,
    caller: Learner,
    command: Command<ChangePassword>,
) -> Result<HttpResponse, rest::Error> {
    let body = command.body;
    service
        .change_password(
            &command.operation,
            &caller.0,
            &body.current_password,
            &body.new_password,
        )
        .await?;
    Ok(rest::no_content())
}

/// Ask for a link that sets a new password.
///
/// The answer is the same whether or not there is such an account.
#[utoipa::path(
    tag = "auth",
    request_body = ForgotPassword,
    responses((status = 202, description = "If there is such an account, a mail is on its way.", body = LetterSent)),
    security(())
)]
#[post("/auth/password/forgot")]
pub(crate) async fn forgot_password(
    service: web::Data<Service>,
    command: Command<ForgotPassword>,
) -> Result<HttpResponse, rest::Error> {
    service
        .forgot_password(&command.operation, &command.body.email)
        .await?;
    Ok(letter_sent(
        "if there is an account with this address, open the link that was mailed to it",
    ))
}

/// Set a new password by the link of a mail.
///
/// The link works once, for 30 minutes; every session of the person ends.
#[utoipa::path(
    tag = "auth",
    request_body = ResetPassword,
    responses(
        (status = 204, description = "The new password counts; log in with it."),
        (status = 403, description = "The link does not count, or no longer.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(())
)]
#[post("/auth/password/reset")]
pub(crate) async fn reset_password(
    service: web::Data<Service>,
    command: Command<ResetPassword>,
) -> Result<HttpResponse, rest::Error> {
    let body = command.body;
    service
        .reset_password(&command.operation, &body.token, &body.new_password)
        .await?;
    Ok(rest::no_content())
}

/// Make a person set a new password.
///
/// The old one counts no longer and cannot be set again, every session, API token and linked identity of theirs ends, and a link is mailed to them. Log in or step up within the ten minutes before.
#[utoipa::path(
    tag = "users",
    params(("user" = UserId, Path, description = "The person.", example = "01940000-0000-7000-8000-000000000a02")),
    responses((status = 202, description = "A mail is on its way.", body = LetterSent)),
    security(("bearer" = []))
)]
#[post("/users/{user}/password-reset")]
pub(crate) async fn start_password_reset(
    service: web::Data<Service>,
    admin: Admin,
    user: Path<UserId>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    service.start_reset(&operation.0, &admin.0, *user).await?;
    Ok(letter_sent("a link was mailed to the person"))
}
