//! Verifying and changing email addresses.

use actix_web::{HttpResponse, post, web};
use rest::{AuthenticatedUser, Command, Routes};

use super::request::{ChangeEmail, ResendVerification, VerifyEmail};
use super::service::Service;
use crate::accounts::Account;
use crate::one_time_tokens::{EmailQueued, email_sent};

pub(crate) fn routes(config: &mut impl Routes) {
    config
        .service(verify_email)
        .service(resend_verification_email)
        .service(update_my_email);
}

/// Verify an email address.
///
/// Accepts the links of all emails that verify an address: after registering, after a change of
/// address, and to undo such a change. Request the password as well and send it: a second factor
/// that was set up before anybody has proved both may be somebody else's, and is removed by the
/// first password reset. A wrong password does not use up the link.
#[utoipa::path(
    tag = "auth",
    request_body = VerifyEmail,
    responses(
        (status = 200, description = "The account with its verified address.", body = Account),
        (status = 403, description = "The link is invalid or has expired, or the password is wrong.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(())
)]
#[post("/auth/email/verify")]
pub(crate) async fn verify_email(
    service: web::Data<Service>,
    command: Command<VerifyEmail>,
) -> Result<HttpResponse, rest::Error> {
    let body = &command.body;
    let account = service
        .verify(&command.operation, &body.token, body.password.as_ref())
        .await?;
    Ok(rest::ok(&account))
}

/// Resend the verification email.
///
/// The answer is the same whether or not the address is known.
#[utoipa::path(
    tag = "auth",
    request_body = ResendVerification,
    responses((status = 202, description = "If the address still has to be verified, an email is on its way.", body = EmailQueued)),
    security(())
)]
#[post("/auth/email/resend")]
pub(crate) async fn resend_verification_email(
    service: web::Data<Service>,
    command: Command<ResendVerification>,
) -> Result<HttpResponse, rest::Error> {
    service
        .resend(&command.operation, &command.body.email)
        .await?;
    Ok(email_sent(
        "if this address is not verified yet, open the link in the email that was sent to it",
    ))
}

/// Change the email address of the current user.
///
/// An email is sent to the new address; nothing changes until its link is opened.
/// The old address is then notified, and the change can be undone from there for a week.
#[utoipa::path(
    tag = "users",
    request_body = ChangeEmail,
    responses((status = 202, description = "An email is on its way to the new address.", body = EmailQueued)),
    security(("bearer" = []))
)]
#[post("/users/me/email")]
pub(crate) async fn update_my_email(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    command: Command<ChangeEmail>,
) -> Result<HttpResponse, rest::Error> {
    service
        .request_change(&command.operation, &caller.0, &command.body.email)
        .await?;
    Ok(email_sent(
        "open the link in the email that was sent to the new address",
    ))
}
