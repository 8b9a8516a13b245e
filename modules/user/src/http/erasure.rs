//! Deleting accounts, keeping them after all, and the certificate of an erasure.

use actix_web::http::header;
use actix_web::{HttpResponse, delete, get, post, web};
use kernel::{SecretString, UserId};
use rest::{Admin, Command, Learner, Op, Path};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::schema;
use crate::service::Service;
use crate::view::{Erasing, ErasureView};

/// The link of a letter that keeps an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "token": "what stands behind #token= in the mail" }))]
pub(crate) struct KeepAccount {
    #[schema(schema_with = schema::link_token)]
    token: SecretString,
}

/// Delete my account.
///
/// Every session ends at once and nobody can log in; a mail has a link that keeps the account for
/// 72 hours. After that everything of yours is erased in every part of the platform.
/// It asks that you have shown who you are within ten minutes.
#[utoipa::path(
    tag = "users",
    responses(
        (status = 202, description = "The account is frozen and will be erased.", body = Erasing),
        (status = 409, description = "You are the last administrator.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(("bearer" = []))
)]
#[delete("/users/me")]
pub(crate) async fn delete_me(
    service: web::Data<Service>,
    caller: Learner,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let user = caller.0.user_id;
    let erasing = service.erase(&operation.0, &caller.0, user).await?;
    Ok(accepted(&erasing, user))
}

/// Delete somebody's account.
///
/// As they would do it themselves: a mail tells them how to keep it within 72 hours.
/// It asks that you have shown who you are within ten minutes. Sent again it gives the same answer.
#[utoipa::path(
    tag = "users",
    params(("user" = UserId, Path, description = "The person.", example = "01940000-0000-7000-8000-000000000a02")),
    responses(
        (status = 202, description = "The account is frozen and will be erased.", body = Erasing),
        (status = 409, description = "It is your own account, or that of the last administrator.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(("bearer" = []))
)]
#[delete("/users/{user}")]
pub(crate) async fn delete_user(
    service: web::Data<Service>,
    admin: Admin,
    user: Path<UserId>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let erasing = service.erase_other(&operation.0, &admin.0, *user).await?;
    Ok(accepted(&erasing, *user))
}

/// Read the certificate of an erasure.
///
/// Which steps were done, when, and how much each of them removed.
#[utoipa::path(
    tag = "users",
    params(("user" = UserId, Path, description = "The person.")),
    responses((status = 200, description = "The newest erasure of this account.", body = ErasureView)),
    security(("bearer" = []))
)]
#[get("/users/{user}/erasure")]
pub(crate) async fn get_erasure(
    service: web::Data<Service>,
    _admin: Admin,
    user: Path<UserId>,
) -> Result<HttpResponse, rest::Error> {
    Ok(rest::ok(&service.erasure(*user).await?))
}

/// Keep an account that was to be erased.
///
/// Takes the link of the mail, for 72 hours; log in afterwards.
#[utoipa::path(
    tag = "auth",
    request_body = KeepAccount,
    responses(
        (status = 204, description = "The account is as it was."),
        (status = 403, description = "The link does not count, or no longer.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(())
)]
#[post("/auth/account/keep")]
pub(crate) async fn keep_account(
    service: web::Data<Service>,
    command: Command<KeepAccount>,
) -> Result<HttpResponse, rest::Error> {
    service
        .keep_account(&command.operation, &command.body.token)
        .await?;
    Ok(rest::no_content())
}

fn accepted(erasing: &Erasing, user: UserId) -> HttpResponse {
    HttpResponse::Accepted()
        .insert_header((header::CACHE_CONTROL, rest::PRIVATE))
        .insert_header((header::LOCATION, format!("/api/v1/users/{user}/erasure")))
        .json(erasing)
}
