//! The request bodies and queries of this room.

use kernel::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::schema;

/// The link of an email.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "token": "the value of #token= in the link of the email" }))]
pub(crate) struct VerifyEmail {
    #[schema(schema_with = schema::link_token)]
    pub token: SecretString,
    /// The password of the account: proves that the same user receives the email and created the
    /// account. Without it, only the address is verified; a change of address requires it.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 256, format = Password, nullable = false)]
    pub password: Option<SecretString>,
}

/// The address to send another email to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "email": "ada@example.org" }))]
pub(crate) struct ResendVerification {
    #[schema(schema_with = schema::email)]
    pub email: String,
}

/// A new email address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "email": "ada.lovelace@example.org" }))]
#[schema(as = UpdateEmail)]
pub(crate) struct ChangeEmail {
    #[schema(schema_with = schema::email)]
    pub email: String,
}
