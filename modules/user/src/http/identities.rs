//! The caller's accounts at other providers.

use actix_web::{HttpResponse, delete, get, web};
use kernel::IdentityId;
use rest::{Learner, Op, Path};
use serde::Serialize;
use utoipa::ToSchema;

use crate::service::Service;
use crate::view::IdentityView;

/// The accounts of a person at other providers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Identities {
    /// The oldest comes first.
    #[schema(max_items = 20)]
    items: Vec<IdentityView>,
}

/// List my identities.
///
/// The accounts at other providers that you can sign in with.
#[utoipa::path(
    tag = "users",
    responses((status = 200, description = "The caller's identities.", body = Identities)),
    security(("bearer" = []))
)]
#[get("/users/me/identities")]
pub(crate) async fn list_my_identities(
    service: web::Data<Service>,
    caller: Learner,
) -> Result<HttpResponse, rest::Error> {
    let items = service.identities(caller.0.user_id).await?;
    Ok(rest::ok(&Identities { items }))
}

/// Unlink one of my identities.
///
/// It is refused while nothing else would let you in: no password and no other identity.
/// It asks that you have shown who you are within ten minutes.
#[utoipa::path(
    tag = "users",
    params(("identity" = IdentityId, Path, description = "The identity.")),
    responses((status = 204, description = "Nobody signs in to your account with it any more.")),
    security(("bearer" = []))
)]
#[delete("/users/me/identities/{identity}")]
pub(crate) async fn unlink_my_identity(
    service: web::Data<Service>,
    caller: Learner,
    identity: Path<IdentityId>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    service.unlink(&operation.0, &caller.0, *identity).await?;
    Ok(rest::no_content())
}
