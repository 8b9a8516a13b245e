//! The query of the audit log.

use kernel::UserId;
use serde::Deserialize;
use utoipa::IntoParams;

/// Which events to list.
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
    /// Only actions of this user.
    #[serde(default)]
    #[param(required = false)]
    pub actor: Option<UserId>,
    /// Only events that concern this user.
    #[serde(default)]
    #[param(required = false)]
    pub subject: Option<UserId>,
}
