//! The caller's accounts at other providers.

use actix_web::{HttpResponse, delete, get, web};
use chrono::{DateTime, Utc};
use kernel::IdentityId;
use rest::{Learner, Op, Path};
use serde::Serialize;
use utoipa::ToSchema;

use crate::service::Service;
use crate::store::identities::Identity;

/// An account at another provider.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IdentityView {
    /// The identity.
    id: IdentityId,
    /// What the provider is called here.
    #[schema(max_length = 32, example = "google")]
    provider: String,
    /// The address that the provider told last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 254, nullable = false)]
    email: Option<String>,
    /// When it was linked.
    created_at: DateTime<Utc>,
    /// When it was last signed in with.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    last_used_at: Option<DateTime<Utc>>,
}

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
    let identities = service.identities(caller.0.user_id).await?;
    let items = identities.into_iter().map(IdentityView::of).collect();
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

impl IdentityView {
    pub(super) fn of(identity: Identity) -> Self {
        Self {
            id: identity.id,
            provider: identity.provider,
            email: identity.email,
            created_at: identity.created_at,
            last_used_at: identity.last_used_at,
        }
    }
}
