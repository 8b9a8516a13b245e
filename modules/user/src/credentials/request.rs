//! The request bodies and queries of this room.

use kernel::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::schema;

/// A login with a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "login": "learner", "password": "correct horse battery staple" }))]
pub(crate) struct LogIn {
    /// The username or the email address.
    #[schema(min_length = 1, max_length = 254)]
    pub login: String,
    /// The password.
    #[schema(value_type = String, min_length = 1, max_length = 256, format = Password)]
    pub password: SecretString,
    /// The `device_token` that an earlier login returned to this device, if it was kept: this login
    /// is then never slowed down by the failures of others.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100, format = Password, nullable = false)]
    pub device_token: Option<SecretString>,
    /// What to call this device in the list of sessions.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100, format = "line", nullable = false)]
    pub device: Option<String>,
}

/// A change of password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "current_password": "correct horse battery staple",
    "new_password": "another horse with a better battery"
}))]
#[schema(as = UpdatePassword)]
pub(crate) struct ChangePassword {
    /// The current password.
    #[schema(value_type = String, min_length = 1, max_length = 256, format = Password)]
    pub current_password: SecretString,
    #[schema(schema_with = schema::new_password)]
    pub new_password: SecretString,
    /// Whether to keep the API tokens; by default they are deleted, because somebody else may have
    /// created one.
    #[serde(default)]
    pub keep_api_tokens: bool,
}

/// A request for a password reset.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "email": "learner@example.org" }))]
#[schema(as = RequestPasswordReset)]
pub(crate) struct ForgotPassword {
    #[schema(schema_with = schema::email)]
    pub email: String,
}

/// A new password with the token of a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "token": "the value of #token= in the link of the email",
    "new_password": "another horse with a better battery"
}))]
pub(crate) struct ResetPassword {
    #[schema(schema_with = schema::link_token)]
    pub token: SecretString,
    #[schema(schema_with = schema::new_password)]
    pub new_password: SecretString,
}
