//! The second factor.

use actix_web::{HttpResponse, delete, post, web};
use kernel::UserId;
use rest::{Admin, AuthenticatedUser, Command, MaybeCaller, Op, Path, Routes};

use super::request::{AnswerChallenge, ConfirmTotp};
use super::service::Service;
use super::view::{RecoveryCodes, TotpEnrollment};
use crate::sessions::{Client, TokenPair};

pub(crate) fn routes(config: &mut impl Routes) {
    config
        .service(complete_mfa_challenge)
        .service(enroll_totp)
        .service(confirm_totp)
        .service(disable_totp)
        .service(regenerate_recovery_codes)
        .service(reset_user_mfa);
}

/// Complete an MFA challenge.
///
/// With an `mfa_token`, it completes a login and returns tokens.
/// With an access token and no `mfa_token`, it confirms your identity again, with a code or,
/// without MFA, with the password; sensitive changes require that within the last 10 minutes.
#[utoipa::path(
    tag = "auth",
    request_body = AnswerChallenge,
    responses(
        (status = 200, description = "The tokens of a new session.", body = TokenPair),
        (status = 204, description = "Your identity was confirmed."),
        (status = 401, description = "The `mfa_token` is invalid or has expired.", body = rest::Problem, content_type = "application/problem+json"),
        (status = 403, description = "The code or the password is incorrect.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(("bearer" = []), ())
)]
#[post("/auth/mfa/challenge")]
pub(crate) async fn complete_mfa_challenge(
    service: web::Data<Service>,
    caller: MaybeCaller,
    client: Client,
    command: Command<AnswerChallenge>,
) -> Result<HttpResponse, rest::Error> {
    let (operation, body) = (&command.operation, command.body);
    let tokens = service
        .show_factor(operation, caller.0.as_ref(), body, client.ip_address)
        .await?;
    Ok(match tokens {
        Some(tokens) => rest::ok(&tokens),
        None => rest::no_content(),
    })
}

/// Start enrolling an authenticator app.
///
/// It takes effect once it is confirmed with its first code.
#[utoipa::path(
    tag = "auth",
    responses((status = 201, description = "The secret for the authenticator app.", body = TotpEnrollment)),
    security(("bearer" = ["mfa:enroll"]))
)]
#[post("/auth/mfa/totp")]
pub(crate) async fn enroll_totp(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
) -> Result<HttpResponse, rest::Error> {
    let enrollment = service.enroll(&caller.0).await?;
    Ok(HttpResponse::Created()
        .insert_header(("Cache-Control", rest::PRIVATE))
        .json(enrollment))
}

/// Confirm an authenticator app.
///
/// From now on, each login requires a code; refresh your tokens afterwards.
#[utoipa::path(
    tag = "auth",
    request_body = ConfirmTotp,
    responses(
        (status = 200, description = "The recovery codes.", body = RecoveryCodes),
        (status = 403, description = "The code is incorrect.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(("bearer" = ["mfa:enroll"]))
)]
#[post("/auth/mfa/totp/confirm")]
pub(crate) async fn confirm_totp(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    command: Command<ConfirmTotp>,
) -> Result<HttpResponse, rest::Error> {
    let codes = service
        .confirm(&command.operation, &caller.0, &command.body.code)
        .await?;
    Ok(rest::ok(&RecoveryCodes { codes }))
}

/// Regenerate the recovery codes of the current user.
///
/// The old codes become invalid.
#[utoipa::path(
    tag = "auth",
    responses((status = 200, description = "The new recovery codes.", body = RecoveryCodes)),
    security(("bearer" = []))
)]
#[post("/auth/mfa/recovery-codes")]
pub(crate) async fn regenerate_recovery_codes(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let codes = service.regenerate_codes(&operation.0, &caller.0).await?;
    Ok(rest::ok(&RecoveryCodes { codes }))
}

/// Disable the authenticator app of the current user.
#[utoipa::path(
    tag = "auth",
    responses((status = 204, description = "Logins no longer require a code.")),
    security(("bearer" = []))
)]
#[delete("/auth/mfa/totp")]
pub(crate) async fn disable_totp(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    service.disable(&operation.0, &caller.0).await?;
    Ok(rest::no_content())
}

/// Reset the MFA of a user.
///
/// For users who have lost their authenticator app and their recovery codes: verify their identity first, because the password alone is then enough to log in. All their sessions end, and they are notified by email. Requires authentication within the last 10 minutes.
#[utoipa::path(
    tag = "users",
    params(("user" = UserId, Path, description = "The user.", example = "01940000-0000-7000-8000-000000000a02")),
    responses((status = 204, description = "The password alone is now enough to log in.")),
    security(("bearer" = []))
)]
#[delete("/users/{user}/mfa")]
pub(crate) async fn reset_user_mfa(
    service: web::Data<Service>,
    admin: Admin,
    user: Path<UserId>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    service.reset(&operation.0, &admin.0, *user).await?;
    Ok(rest::no_content())
}
