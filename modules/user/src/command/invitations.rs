//! What is asked of invitations.

use kernel::Role;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::schema;

/// Whom to invite.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "email": "grace@example.org" }))]
pub(crate) struct CreateInvitation {
    #[schema(schema_with = schema::email)]
    pub email: String,
    /// What the person will be; a student when absent.
    #[serde(default)]
    #[schema(min_items = 1, max_items = 3, nullable = false)]
    pub roles: Option<Vec<Role>>,
    #[serde(default)]
    #[schema(schema_with = schema::locale, required = false)]
    pub locale: Option<String>,
}
