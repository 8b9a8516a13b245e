//! Other users: what everybody may see, and what administrators change.

use actix_web::{HttpResponse, get, patch, web};
use kernel::UserId;
use rest::{Admin, AuthenticatedUser, Command, IfMatch, List, Paged, Path};

use super::super::request::{ChangeUser, UserFilter};
use super::super::service::Service;
use super::super::view::{Account, Profile};

/// List users.
#[utoipa::path(
    tag = "users",
    params(UserFilter, rest::Paging),
    responses((status = 200, description = "Accounts, the newest first.", body = Paged<Account>)),
    security(("bearer" = ["users:read"]))
)]
#[get("/users")]
pub(crate) async fn list_users(
    service: web::Data<Service>,
    _admin: Admin,
    list: List<UserFilter>,
) -> Result<HttpResponse, rest::Error> {
    let page = service.list(&list.filter, &list.page_request).await?;
    Ok(rest::list(&list, page))
}

/// Get a user.
#[utoipa::path(
    tag = "users",
    params(("user" = UserId, Path, description = "The user.", example = "01940000-0000-7000-8000-000000000a01")),
    responses((status = 200, description = "The account.", body = Account)),
    security(("bearer" = ["users:read"]))
)]
#[get("/users/{user}")]
pub(crate) async fn get_user(
    service: web::Data<Service>,
    _admin: Admin,
    user: Path<UserId>,
) -> Result<HttpResponse, rest::Error> {
    let account = service.get(*user).await?;
    Ok(rest::with_version(account.version, &*account))
}

/// Update a user.
///
/// Changes the roles of the account, or disables or enables it; this affects all its tokens within a second. Requires authentication within the last 10 minutes.
#[utoipa::path(
    tag = "users",
    request_body = ChangeUser,
    params(("user" = UserId, Path, description = "The user.", example = "01940000-0000-7000-8000-000000000a01"), rest::IfMatch),
    responses((status = 200, description = "The changed account.", body = Account)),
    security(("bearer" = []))
)]
#[patch("/users/{user}")]
pub(crate) async fn update_user(
    service: web::Data<Service>,
    admin: Admin,
    user: Path<UserId>,
    expected: IfMatch,
    command: Command<ChangeUser>,
) -> Result<HttpResponse, rest::Error> {
    let (operation, body) = (&command.operation, command.body);
    let account = service
        .change_as(operation, &admin.0, *user, &expected.0, body)
        .await?;
    Ok(rest::with_version(account.version, &account))
}

/// Get the profile of a user.
///
/// Shows what the user allows; a hidden profile is not found by others.
#[utoipa::path(
    tag = "users",
    params(("user" = UserId, Path, description = "The user.", example = "01940000-0000-7000-8000-000000000a02")),
    responses((status = 200, description = "The profile.", body = Profile)),
    security(("bearer" = ["profile:read"]))
)]
#[get("/users/{user}/profile")]
pub(crate) async fn get_user_profile(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    user: Path<UserId>,
) -> Result<HttpResponse, rest::Error> {
    Ok(rest::ok(&service.profile(&caller.0, *user).await?))
}
