//! What is asked of the audit log.

use kernel::UserId;
use serde::Deserialize;
use utoipa::IntoParams;

/// What to look for.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// What happened, such as `login.failed`.
    #[serde(default)]
    #[param(
        min_length = 3,
        max_length = 60,
        pattern = "^[a-z_]+\\.[a-z_]+$",
        required = false
    )]
    pub action: Option<String>,
    /// Only what this person did.
    #[serde(default)]
    #[param(required = false)]
    pub actor: Option<UserId>,
    /// Only what concerns this person.
    #[serde(default)]
    #[param(required = false)]
    pub subject: Option<UserId>,
}
