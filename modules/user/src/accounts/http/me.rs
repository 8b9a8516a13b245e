//! The caller's own account.

use actix_web::{HttpResponse, get, patch, web};
use rest::{AuthenticatedUser, Command, IfMatch};

use super::super::request::UpdateMe;
use super::super::service::Service;
use super::super::view::Account;

/// Get the current user.
#[utoipa::path(
    tag = "users",
    responses((status = 200, description = "The caller's account.", body = Account)),
    security(("bearer" = ["profile:read"]))
)]
#[get("/users/me")]
pub(crate) async fn get_me(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
) -> Result<HttpResponse, rest::Error> {
    let account = service.get(caller.0.user_id).await?;
    Ok(rest::with_version(account.version, &*account))
}

/// Update the current user.
#[utoipa::path(
    tag = "users",
    request_body = UpdateMe,
    params(rest::IfMatch),
    responses((status = 200, description = "The changed account.", body = Account)),
    security(("bearer" = ["profile:write"]))
)]
#[patch("/users/me")]
pub(crate) async fn update_me(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    expected: IfMatch,
    command: Command<UpdateMe>,
) -> Result<HttpResponse, rest::Error> {
    let id = caller.0.user_id;
    let account = service
        .update(&command.operation, id, &expected.0, command.body)
        .await?;
    Ok(rest::with_version(account.version, &account))
}
