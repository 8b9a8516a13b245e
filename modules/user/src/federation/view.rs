//! Providers, what a sign-in with one of them answers, and linked identities.

use chrono::{DateTime, Utc};
use kernel::IdentityId;
use serde::Serialize;
use utoipa::ToSchema;

use super::settings::ProviderKind;
use crate::identities::Identity;
use crate::sessions::{MfaChallenge, TokenPair};

/// An identity provider to sign in with.
#[derive(Serialize, ToSchema)]
#[schema(as = IdentityProvider)]
pub(crate) struct ProviderView {
    /// Its name in this installation.
    #[schema(max_length = 32, example = "google")]
    pub name: String,
    /// What to write on its button.
    #[schema(max_length = 100, example = "Google")]
    pub label: String,
    /// Its protocol: `oidc` or `github`.
    #[schema(value_type = String, max_length = 10, example = "oidc")]
    pub kind: ProviderKind,
}

/// The providers.
#[derive(Serialize, ToSchema)]
#[schema(as = IdentityProviderList)]
pub(crate) struct Providers {
    /// Sorted by name.
    #[schema(max_items = 100)]
    pub items: Vec<ProviderView>,
}

/// A sign-in that has begun.
#[derive(Serialize, ToSchema)]
#[schema(as = ProviderLoginStart)]
pub(crate) struct SignInBegun {
    /// The URL to send the user to.
    #[schema(max_length = 4096)]
    pub authorization_url: String,
    /// The state of the sign-in, as in that URL.
    #[schema(max_length = 100)]
    pub state: String,
}

/// The result of a sign-in.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = ProviderLogin)]
pub(crate) enum SignInAnswer {
    /// The tokens of a new session.
    #[expect(dead_code, reason = "it describes what LoginAnswer writes")]
    Tokens(TokenPair),
    /// A code of the second factor is required.
    #[expect(dead_code, reason = "it describes what LoginAnswer writes")]
    Challenge(MfaChallenge),
    /// The identity is linked to the account that started the sign-in.
    Linked(IdentityView),
}

/// An account at an identity provider.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IdentityView {
    /// The identity.
    pub id: IdentityId,
    /// The name of the provider in this installation.
    #[schema(max_length = 32, example = "google")]
    pub provider: String,
    /// The email address that the provider last reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 254, nullable = false)]
    pub email: Option<String>,
    /// When it was linked.
    pub created_at: DateTime<Utc>,
    /// When it was last used to sign in.
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
