//! What a provider says: where it answers, and whom it vouches for.

use url::Url;

use super::settings::ClaimedRole;

/// Where a provider answers, and how.
pub(super) struct Endpoints {
    pub authorization: Url,
    pub token: Url,
    pub keys: Url,
    /// Where it says more of a user than in the ID token.
    pub user_info: Option<Url>,
    /// What it may call itself in an answer.
    pub issuers: Vec<String>,
    /// Whether every answer of it says whose it is (RFC 9207).
    pub names_itself: bool,
    /// Whether the secret goes into the body of the request for tokens.
    pub secret_in_body: bool,
}

/// Whom a provider vouches for.
pub(crate) struct ExternalUser {
    pub subject: String,
    pub email: Option<String>,
    pub email_verified: bool,
    pub username: Option<String>,
    pub name: Option<String>,
    pub locale: Option<String>,
    pub zone_info: Option<String>,
    pub claimed_role: ClaimedRole,
}
