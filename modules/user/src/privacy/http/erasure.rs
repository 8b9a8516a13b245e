//! Deleting accounts, keeping them after all, and the certificate of an erasure.

use actix_web::http::header;
use actix_web::{HttpResponse, delete, get, post, web};
use kernel::UserId;
use rest::{Admin, AuthenticatedUser, Command, Op, Path};

use super::super::request::KeepAccount;
use super::super::service::Service;
use super::super::view::{Erasing, ErasureView};

/// Delete the current user.
///
/// All sessions end at once, and nobody can log in. An email has a link to keep the account and
/// says until when: for 72 hours, or for up to 7 days while a change of email address can still be
/// undone. After that, everything of yours is erased in every part of the platform.
/// Requires authentication within the last 10 minutes.
#[utoipa::path(
    tag = "users",
    responses(
        (status = 202, description = "The account is scheduled for deletion.", body = Erasing),
        (status = 409, description = "You are the last administrator.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(("bearer" = []))
)]
#[delete("/users/me")]
pub(crate) async fn delete_me(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let user = caller.0.user_id;
    let erasing = service.erase(&operation.0, &caller.0, user).await?;
    Ok(accepted(&erasing, user))
}

/// Delete a user.
///
/// As if they did it themselves: an email says how to keep the account, and until when.
/// Requires authentication within the last 10 minutes. Repeating it returns the same response.
#[utoipa::path(
    tag = "users",
    params(("user" = UserId, Path, description = "The user.", example = "01940000-0000-7000-8000-000000000a02")),
    responses(
        (status = 202, description = "The account is scheduled for deletion.", body = Erasing),
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

/// Get the certificate of an erasure.
///
/// Which steps were done, when, and how much each of them removed.
#[utoipa::path(
    tag = "users",
    params(("user" = UserId, Path, description = "The user.")),
    responses((status = 200, description = "The newest erasure of this account.", body = ErasureView)),
    security(("bearer" = []))
)]
#[get("/users/{user}/erasure")]
pub(crate) async fn get_user_erasure(
    service: web::Data<Service>,
    _admin: Admin,
    user: Path<UserId>,
) -> Result<HttpResponse, rest::Error> {
    Ok(rest::ok(&service.certificate(*user).await?))
}

/// Restore an account that is scheduled for deletion.
///
/// Accepts the link of the email until the time given there, `undo_until` of the erasure; log in
/// afterwards.
#[utoipa::path(
    tag = "auth",
    request_body = KeepAccount,
    responses(
        (status = 204, description = "The account was restored."),
        (status = 403, description = "The link is invalid or has expired.", body = rest::Problem, content_type = "application/problem+json")
    ),
    security(())
)]
#[post("/auth/account/keep")]
pub(crate) async fn restore_account(
    service: web::Data<Service>,
    command: Command<KeepAccount>,
) -> Result<HttpResponse, rest::Error> {
    service
        .restore(&command.operation, &command.body.token)
        .await?;
    Ok(rest::no_content())
}

fn accepted(erasing: &Erasing, user: UserId) -> HttpResponse {
    HttpResponse::Accepted()
        .insert_header((header::CACHE_CONTROL, rest::PRIVATE))
        .insert_header((header::LOCATION, format!("/api/v1/users/{user}/erasure")))
        .json(erasing)
}
