//! Other people: what everybody may see, and what administrators change.

use actix_web::{HttpResponse, get, patch, web};
use kernel::{Role, UserId};
use rest::{Admin, Command, IfMatch, Learner, List, Paged, Path};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::service::{AdminChange, PeopleFilter, Service};
use crate::view::{Account, Profile};

/// Whom to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UserFilter {
    /// A part of the username or the address.
    #[serde(default)]
    #[param(min_length = 1, max_length = 100, required = false)]
    q: Option<String>,
    /// Only people with this role.
    #[serde(default)]
    #[param(inline, required = false)]
    role: Option<Role>,
    /// Only people who are shut out, or who are not.
    #[serde(default)]
    #[param(required = false)]
    disabled: Option<bool>,
}

/// What an administrator changes; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "roles": ["student", "instructor"] }))]
pub(crate) struct ChangeUser {
    /// What the person is from now on.
    #[serde(default)]
    #[schema(min_items = 1, max_items = 3, nullable = false)]
    roles: Option<Vec<Role>>,
    /// Whether the person is shut out.
    #[serde(default)]
    #[schema(nullable = false)]
    disabled: Option<bool>,
}

/// List accounts.
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
    let filter = PeopleFilter {
        text: list.filter.q.clone(),
        role: list.filter.role,
        disabled: list.filter.disabled,
    };
    let page = service.list(&filter, &list.slice).await?;
    Ok(rest::list(&list, page))
}

/// Read an account.
#[utoipa::path(
    tag = "users",
    params(("user" = UserId, Path, description = "The person.", example = "01940000-0000-7000-8000-000000000a01")),
    responses((status = 200, description = "The account.", body = Account)),
    security(("bearer" = ["users:read"]))
)]
#[get("/users/{user}")]
pub(crate) async fn get_user(
    service: web::Data<Service>,
    _admin: Admin,
    user: Path<UserId>,
) -> Result<HttpResponse, rest::Error> {
    let account = service.account(*user).await?;
    Ok(rest::with_version(account.version, &*account))
}

/// Change what a person is.
///
/// Roles, or whether the person is shut out; it counts on every token within a second. Log in or step up within the ten minutes before.
#[utoipa::path(
    tag = "users",
    request_body = ChangeUser,
    params(("user" = UserId, Path, description = "The person.", example = "01940000-0000-7000-8000-000000000a01"), rest::IfMatch),
    responses((status = 200, description = "The changed account.", body = Account)),
    security(("bearer" = []))
)]
#[patch("/users/{user}")]
pub(crate) async fn change_user(
    service: web::Data<Service>,
    admin: Admin,
    user: Path<UserId>,
    expected: IfMatch,
    command: Command<ChangeUser>,
) -> Result<HttpResponse, rest::Error> {
    let change = AdminChange {
        roles: command.body.roles.map(Into::into),
        disabled: command.body.disabled,
    };
    let account = service
        .change_as(&command.operation, &admin.0, *user, &expected.0, change)
        .await?;
    Ok(rest::with_version(account.version, &account))
}

/// Read a person's profile.
///
/// It shows what the person allows; a hidden one does not exist for others.
#[utoipa::path(
    tag = "users",
    params(("user" = UserId, Path, description = "The person.", example = "01940000-0000-7000-8000-000000000a02")),
    responses((status = 200, description = "The profile.", body = Profile)),
    security(("bearer" = ["profile:read"]))
)]
#[get("/users/{user}/profile")]
pub(crate) async fn get_profile(
    service: web::Data<Service>,
    caller: Learner,
    user: Path<UserId>,
) -> Result<HttpResponse, rest::Error> {
    Ok(rest::ok(&service.profile(&caller.0, *user).await?))
}
