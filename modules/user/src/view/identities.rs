//! Accounts at other providers.

use chrono::{DateTime, Utc};
use kernel::IdentityId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::store::identities::Identity;

/// An account at another provider.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IdentityView {
    /// The identity.
    pub id: IdentityId,
    /// What the provider is called here.
    #[schema(max_length = 32, example = "google")]
    pub provider: String,
    /// The address that the provider told last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 254, nullable = false)]
    pub email: Option<String>,
    /// When it was linked.
    pub created_at: DateTime<Utc>,
    /// When it was last signed in with.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub last_used_at: Option<DateTime<Utc>>,
}

impl IdentityView {
    pub(crate) fn of(identity: Identity) -> Self {
        Self {
            id: identity.id,
            provider: identity.provider,
            email: identity.email,
            created_at: identity.created_at,
            last_used_at: identity.last_used_at,
        }
    }
}
