//! What became of everything when a password was set.

use serde::Serialize;
use utoipa::ToSchema;

/// What ended with the old password, and which credentials are left.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(example = json!({
    "sessions_ended": 2,
    "api_tokens_ended": 1,
    "api_tokens_kept": 0,
    "identities_ended": 0,
    "identities_kept": 1,
    "second_factor_ended": false,
    "invitations_ended": 0
}))]
pub(crate) struct PasswordSet {
    /// How many sessions ended; the current one goes on.
    #[schema(minimum = 0, maximum = 1000)]
    pub sessions_ended: u64,
    /// How many API tokens were deleted.
    #[schema(minimum = 0, maximum = 1000)]
    pub api_tokens_ended: u64,
    /// How many API tokens are still there.
    #[schema(minimum = 0, maximum = 1000)]
    pub api_tokens_kept: u64,
    /// How many linked identities were removed.
    #[schema(minimum = 0, maximum = 1000)]
    pub identities_ended: u64,
    /// How many linked identities are still there.
    #[schema(minimum = 0, maximum = 1000)]
    pub identities_kept: u64,
    /// Whether a second factor was removed, because it may have been somebody else's.
    pub second_factor_ended: bool,
    /// How many invitations that the user sent were revoked.
    #[schema(minimum = 0, maximum = 10000)]
    pub invitations_ended: u64,
}
