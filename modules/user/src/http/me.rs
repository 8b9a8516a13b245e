//! The caller's own account.

use actix_web::{HttpResponse, get, patch, web};
use rest::{Command, IfMatch, Learner};

use crate::command::UpdateMe;
use crate::service::Service;
use crate::view::Account;

/// Read my account.
#[utoipa::path(
    tag = "users",
    responses((status = 200, description = "The caller's account.", body = Account)),
    security(("bearer" = ["profile:read"]))
)]
#[get("/users/me")]
pub(crate) async fn get_me(
    service: web::Data<Service>,
    caller: Learner,
) -> Result<HttpResponse, rest::Error> {
    let account = service.account(caller.0.user_id).await?;
    Ok(rest::with_version(account.version, &*account))
}

/// Change my account.
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
    caller: Learner,
    expected: IfMatch,
    command: Command<UpdateMe>,
) -> Result<HttpResponse, rest::Error> {
    let id = caller.0.user_id;
    let account = service
        .update_me(&command.operation, id, &expected.0, command.body)
        .await?;
    Ok(rest::with_version(account.version, &account))
}
