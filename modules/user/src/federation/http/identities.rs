//! The caller's accounts at other providers.

use actix_web::{HttpResponse, delete, get, web};
use kernel::IdentityId;
use rest::{AuthenticatedUser, Op, Path};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::service::Service;
use super::super::view::IdentityView;

/// The identities of a user.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = IdentityList)]
pub(crate) struct Identities {
    /// The oldest comes first.
    #[schema(max_items = 20)]
    items: Vec<IdentityView>,
}

/// List identities of the current user.
///
/// Your accounts at identity providers that you can sign in with.
#[utoipa::path(
    tag = "users",
    responses((status = 200, description = "The caller's identities.", body = Identities)),
    security(("bearer" = []))
)]
#[get("/users/me/identities")]
pub(crate) async fn list_my_identities(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
) -> Result<HttpResponse, rest::Error> {
    let items = service.list(caller.0.user_id).await?;
    Ok(rest::ok(&Identities { items }))
}

/// Unlink an identity of the current user.
///
/// Rejected if it is your only way to log in: no password and no other identity.
/// Requires authentication within the last 10 minutes.
#[utoipa::path(
    tag = "users",
    params(("identity" = IdentityId, Path, description = "The identity.")),
    responses((status = 204, description = "The identity was unlinked.")),
    security(("bearer" = []))
)]
#[delete("/users/me/identities/{identity}")]
pub(crate) async fn unlink_my_identity(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    identity: Path<IdentityId>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    service.unlink(&operation.0, &caller.0, *identity).await?;
    Ok(rest::no_content())
}
