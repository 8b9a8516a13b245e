//! The request bodies and queries of this room.

use kernel::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::schema;

/// The answer to an MFA challenge, or a step-up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "password": "correct horse battery staple" }))]
pub(crate) struct AnswerChallenge {
    /// The `mfa_token` of the login; absent to confirm your identity within a session.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 4096, format = Password, nullable = false)]
    pub mfa_token: Option<SecretString>,
    #[serde(default)]
    #[schema(schema_with = schema::code, required = false)]
    pub code: Option<SecretString>,
    /// The password, for accounts without MFA.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 256, format = Password, nullable = false)]
    pub password: Option<SecretString>,
}

/// The first code of a new authenticator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "code": "123456" }))]
pub(crate) struct ConfirmTotp {
    #[schema(schema_with = schema::code)]
    pub code: SecretString,
}
