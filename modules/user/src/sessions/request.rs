//! The request bodies and queries of this room.

use kernel::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::schema;

/// A refresh of the tokens.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "refresh_token": "the refresh_token of the last answer, 43 characters" }))]
pub(crate) struct Refresh {
    /// The refresh token of the last response; it works once.
    #[schema(value_type = String, min_length = 1, max_length = 100, format = Password)]
    pub refresh_token: SecretString,
}

/// A new API token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "name": "my dashboard", "scopes": ["progress:read"], "expires_in_days": 90 }))]
pub(crate) struct CreateApiToken {
    /// The name of the token.
    #[schema(min_length = 1, max_length = 100, format = "line")]
    pub name: String,
    #[schema(schema_with = schema::scopes)]
    pub scopes: Vec<String>,
    /// The number of days after which it expires.
    #[serde(default = "ninety")]
    #[schema(minimum = 1, maximum = 366, default = 90)]
    pub expires_in_days: i64,
}

fn ninety() -> i64 {
    90
}
