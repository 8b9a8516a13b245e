//! The second factor.

use actix_web::{HttpRequest, HttpResponse, delete, post, web};
use kernel::{SecretString, UserId};
use rest::{Admin, Command, Learner, MaybeCaller, Op, Path};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::login::{TokenPair, address_of};
use crate::Error;
use crate::schema;
use crate::service::{Again, Enrolment, Service};

/// What is owed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "password": "correct horse battery staple" }))]
pub(crate) struct AnswerChallenge {
    /// The token of the login that owes the second factor; absent to show once more who you are.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 4096, format = Password, nullable = false)]
    mfa_token: Option<SecretString>,
    #[serde(default)]
    #[schema(schema_with = schema::code, required = false)]
    code: Option<SecretString>,
    /// The password, for who has no second factor.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 256, format = Password, nullable = false)]
    password: Option<SecretString>,
}

/// The first code of a new authenticator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "code": "123456" }))]
pub(crate) struct ConfirmTotp {
    #[schema(schema_with = schema::code)]
    code: SecretString,
}

/// An authenticator that is to be confirmed.
#[derive(Serialize, ToSchema)]
pub(crate) struct TotpEnrolment {
    /// What the authenticator reads (`otpauth://totp/…`).
    #[schema(max_length = 1000)]
    otpauth_url: String,
    /// The secret in base 32, to be typed where no picture can be read.
    #[schema(max_length = 100)]
    secret: String,
    /// The address as a QR code, an SVG document.
    #[schema(max_length = 200000)]
    qr_svg: String,
}

/// Codes that stand in for a lost authenticator, once each; they are shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryCodes {
    #[schema(schema_with = schema::recovery_codes)]
    recovery_codes: Vec<String>,
}

/// Show the second factor.
///
/// With an `mfa_token` it ends a login and answers tokens.
/// With an access token and no `mfa_token` it shows once more who you are, by a code or, without a
/// second factor, by the password; sensitive changes ask for that within ten minutes.
#[utoipa::path(
    tag = "auth",
    request_body = AnswerChallenge,
    responses(
        (status = 200, description = "The tokens of a new session.", body = TokenPair),
        (status = 204, description = "You have shown who you are."),
        (status = 401, description = "The mfa_token does not count.", body = rest::Problem, content_type = "application/problem+json"),
        (status = 403, description = "The code or the password is wrong.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(("bearer" = []), ())
)]
#[post("/auth/mfa/challenge")]
pub(crate) async fn answer_challenge(
    service: web::Data<Service>,
    caller: MaybeCaller,
    request: HttpRequest,
    command: Command<AnswerChallenge>,
) -> Result<HttpResponse, rest::Error> {
    let (body, operation) = (command.body, command.operation);
    let again = match (body.code, body.password) {
        (Some(code), None) => Again::Code(code),
        (None, Some(password)) => Again::Password(password),
        _ => return Err(Error::Invalid(schema::one_of("code", "password")).into()),
    };
    let (caller, address) = (caller.0, address_of(&request));
    let tokens = service
        .show_factor(
            &operation,
            caller.as_ref(),
            body.mfa_token.as_ref(),
            again,
            address,
        )
        .await?;
    Ok(match tokens {
        Some(tokens) => rest::ok(&TokenPair::of(tokens)),
        None => rest::no_content(),
    })
}

/// Begin with an authenticator.
///
/// It counts when it is confirmed with its first code.
#[utoipa::path(
    tag = "auth",
    responses((status = 201, description = "What the authenticator needs.", body = TotpEnrolment)),
    security(("bearer" = ["mfa:enroll"]))
)]
#[post("/auth/mfa/totp")]
pub(crate) async fn enrol_totp(
    service: web::Data<Service>,
    caller: Learner,
) -> Result<HttpResponse, rest::Error> {
    let Enrolment {
        url,
        secret,
        qr_svg,
    } = service.enrol_totp(&caller.0).await?;
    Ok(HttpResponse::Created()
        .insert_header(("Cache-Control", rest::PRIVATE))
        .json(TotpEnrolment {
            otpauth_url: url,
            secret,
            qr_svg,
        }))
}

/// Confirm an authenticator.
///
/// From now on a code is asked for at each login; your tokens are to be refreshed.
#[utoipa::path(
    tag = "auth",
    request_body = ConfirmTotp,
    responses(
        (status = 200, description = "The recovery codes.", body = RecoveryCodes),
        (status = 403, description = "The code is wrong.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(("bearer" = ["mfa:enroll"]))
)]
#[post("/auth/mfa/totp/confirm")]
pub(crate) async fn confirm_totp(
    service: web::Data<Service>,
    caller: Learner,
    command: Command<ConfirmTotp>,
) -> Result<HttpResponse, rest::Error> {
    let recovery_codes = service
        .confirm_totp(&command.operation, &caller.0, &command.body.code)
        .await?;
    Ok(rest::ok(&RecoveryCodes { recovery_codes }))
}

/// Replace my recovery codes.
///
/// The old ones count no longer.
#[utoipa::path(
    tag = "auth",
    responses((status = 200, description = "The new recovery codes.", body = RecoveryCodes)),
    security(("bearer" = []))
)]
#[post("/auth/mfa/recovery-codes")]
pub(crate) async fn replace_recovery_codes(
    service: web::Data<Service>,
    caller: Learner,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let recovery_codes = service
        .replace_recovery_codes(&operation.0, &caller.0)
        .await?;
    Ok(rest::ok(&RecoveryCodes { recovery_codes }))
}

/// Remove my authenticator.
#[utoipa::path(
    tag = "auth",
    responses((status = 204, description = "No code is asked for any more.")),
    security(("bearer" = []))
)]
#[delete("/auth/mfa/totp")]
pub(crate) async fn remove_totp(
    service: web::Data<Service>,
    caller: Learner,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    service.remove_totp(&operation.0, &caller.0).await?;
    Ok(rest::no_content())
}

/// Remove a person's authenticator.
///
/// For who has lost it and the recovery codes: make sure first that it is them, for the password alone opens the account then. Every session of theirs ends and they are told by mail. Log in or step up within the ten minutes before.
#[utoipa::path(
    tag = "users",
    params(("user" = UserId, Path, description = "The person.", example = "01940000-0000-7000-8000-000000000a02")),
    responses((status = 204, description = "The password alone opens the account.")),
    security(("bearer" = []))
)]
#[delete("/users/{user}/mfa")]
pub(crate) async fn remove_factor_of(
    service: web::Data<Service>,
    admin: Admin,
    user: Path<UserId>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    service
        .remove_factor_of(&operation.0, &admin.0, *user)
        .await?;
    Ok(rest::no_content())
}
