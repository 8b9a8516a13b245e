//! What is asked of who comes first.

use kernel::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::schema;

/// The first administrator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "setup_token": "the token that the server printed at its first start",
    "email": "root@example.org",
    "username": "root",
    "password": "correct horse battery staple"
}))]
pub(crate) struct SetUp {
    /// The token that the server printed at its first start.
    #[schema(value_type = String, min_length = 1, max_length = 100, format = Password)]
    pub setup_token: SecretString,
    #[schema(schema_with = schema::email)]
    pub email: String,
    #[schema(schema_with = schema::username)]
    pub username: String,
    #[schema(schema_with = schema::new_password)]
    pub password: SecretString,
}
