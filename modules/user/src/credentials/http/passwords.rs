//! Changing, forgetting and resetting passwords.

use actix_web::{HttpResponse, post, put, web};
use kernel::UserId;
use rest::{Admin, AuthenticatedUser, Command, Op, Path};

use super::super::request::{ChangePassword, ForgotPassword, ResetPassword};
use super::super::service::Service;
use super::super::view::PasswordSet;
use crate::one_time_tokens::{EmailQueued, email_sent};

/// Change the password of the current user.
///
/// Every other session of yours ends, your API tokens are deleted unless `keep_api_tokens` is true, and the response and an email say what ended and what stays; this session goes on, and its next refresh returns a valid access token. Linked identities stay: unlink those that you do not recognize. Who has a second factor shows it within the ten minutes before.
#[utoipa::path(
    tag = "users",
    request_body = ChangePassword,
    responses((status = 200, description = "The new password is set; says what ended with the old one.", body = PasswordSet)),
    security(("bearer" = []))
)]
#[put("/users/me/password")]
pub(crate) async fn update_my_password(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    command: Command<ChangePassword>,
) -> Result<HttpResponse, rest::Error> {
    let set = service
        .change_password(&command.operation, &caller.0, command.body)
        .await?;
    Ok(rest::ok(&set))
}

/// Request a password reset.
///
/// The answer is the same whether or not there is such an account.
#[utoipa::path(
    tag = "auth",
    request_body = ForgotPassword,
    responses((status = 202, description = "If there is such an account, an email is on its way.", body = EmailQueued)),
    security(())
)]
#[post("/auth/password/forgot")]
pub(crate) async fn request_password_reset(
    service: web::Data<Service>,
    command: Command<ForgotPassword>,
) -> Result<HttpResponse, rest::Error> {
    service
        .request_reset(&command.operation, &command.body.email)
        .await?;
    Ok(email_sent(
        "if there is an account with this address, an email with a link was sent to it",
    ))
}

/// Reset a password.
///
/// The link works once, for 30 minutes. It ends every session, API token, linked identity, and
/// other open link of the user, and the response and an email say so. The second factor stays
/// unless it may be somebody else's: if it was set up before anybody had proved both access to the
/// address and knowledge of the password, as `password` of `POST /auth/email/verify` does.
#[utoipa::path(
    tag = "auth",
    request_body = ResetPassword,
    responses(
        (status = 200, description = "The new password is set; log in with it. Says what ended with the old one.", body = PasswordSet),
        (status = 403, description = "The link is invalid or has expired.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(())
)]
#[post("/auth/password/reset")]
pub(crate) async fn reset_password(
    service: web::Data<Service>,
    command: Command<ResetPassword>,
) -> Result<HttpResponse, rest::Error> {
    let body = &command.body;
    let set = service
        .reset(&command.operation, &body.token, &body.new_password)
        .await?;
    Ok(rest::ok(&set))
}

/// Start a password reset for a user.
///
/// The old password becomes invalid and cannot be set again; all sessions, API tokens, and linked identities of the user end, and they receive a link by email. Requires authentication within the last 10 minutes.
#[utoipa::path(
    tag = "users",
    params(("user" = UserId, Path, description = "The user.", example = "01940000-0000-7000-8000-000000000a02")),
    responses((status = 202, description = "An email is on its way.", body = EmailQueued)),
    security(("bearer" = []))
)]
#[post("/users/{user}/password-reset")]
pub(crate) async fn start_user_password_reset(
    service: web::Data<Service>,
    admin: Admin,
    user: Path<UserId>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    service.start_reset(&operation.0, &admin.0, *user).await?;
    Ok(email_sent("an email with a link was sent to the user"))
}
