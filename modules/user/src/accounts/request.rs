//! The request bodies and queries of this room.

use kernel::{Role, SecretString, text};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::domain::{ProfileVisibility, UserRecord};
use crate::schema;

/// The registration of an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "email": "ada@example.org",
    "username": "ada",
    "password": "correct horse battery staple",
    "display_name": "Ada",
    "time_zone": "Europe/London"
}))]
pub(crate) struct Register {
    #[schema(schema_with = schema::email)]
    pub email: String,
    #[schema(schema_with = schema::username)]
    pub username: String,
    #[schema(schema_with = schema::new_password)]
    pub password: SecretString,
    /// The name to show; the username when absent.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100, format = "line", nullable = false)]
    pub display_name: Option<String>,
    #[serde(default)]
    #[schema(schema_with = schema::locale, required = false)]
    pub locale: Option<String>,
    #[serde(default)]
    #[schema(schema_with = schema::time_zone, required = false)]
    pub time_zone: Option<String>,
    /// The token of an invitation, if one is required.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 100, format = Password, nullable = false)]
    pub invitation: Option<SecretString>,
}

/// The first administrator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "setup_token": "the token that the server printed at its first start",
    "email": "root@example.org",
    "username": "root",
    "password": "correct horse battery staple"
}))]
#[schema(as = CreateFirstAdmin)]
pub(crate) struct SetUp {
    /// The setup token that the server printed when it started.
    #[schema(value_type = String, min_length = 1, max_length = 100, format = Password)]
    pub setup_token: SecretString,
    #[schema(schema_with = schema::email)]
    pub email: String,
    #[schema(schema_with = schema::username)]
    pub username: String,
    #[schema(schema_with = schema::new_password)]
    pub password: SecretString,
}

/// A change of the own account; absent fields stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "display_name": "Ada L.", "time_zone": "Europe/London" }))]
pub(crate) struct UpdateMe {
    /// The name to show.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100, format = "line", nullable = false)]
    display_name: Option<String>,
    /// A short biography.
    #[serde(default)]
    #[schema(max_length = 2000, nullable = false)]
    bio: Option<String>,
    /// The URL of a picture of you: an https address of a public host; null removes it.
    #[serde(default, deserialize_with = "rest::present")]
    #[schema(value_type = Option<String>, min_length = 9, max_length = 500, pattern = "^https://[!-~]+$")]
    avatar_url: Option<Option<String>>,
    /// What others see of your profile.
    #[serde(default)]
    #[schema(nullable = false)]
    visibility: Option<ProfileVisibility>,
    #[serde(default)]
    #[schema(schema_with = schema::locale, required = false)]
    locale: Option<String>,
    #[serde(default)]
    #[schema(schema_with = schema::time_zone, required = false)]
    time_zone: Option<String>,
}

impl UpdateMe {
    pub(crate) fn apply(self, account: &mut UserRecord) {
        if let Some(name) = self.display_name {
            account.display_name = text::clean(&name);
        }
        if let Some(bio) = self.bio {
            account.bio = text::clean(&bio);
        }
        if let Some(url) = self.avatar_url {
            account.avatar_url = url;
        }
        account.visibility = self.visibility.unwrap_or(account.visibility);
        account.locale = self.locale.unwrap_or_else(|| account.locale.clone());
        account.time_zone = self.time_zone.unwrap_or_else(|| account.time_zone.clone());
    }
}

/// Which users to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UserFilter {
    /// A part of the username or the address.
    #[serde(default)]
    #[param(min_length = 1, max_length = 100, required = false)]
    pub q: Option<String>,
    /// Only users with this role.
    #[serde(default)]
    #[param(inline, required = false)]
    pub role: Option<Role>,
    /// Only accounts that are disabled, or that are not.
    #[serde(default)]
    #[param(required = false)]
    pub disabled: Option<bool>,
}

/// A change by an administrator; absent fields stay as they are.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "roles": ["student", "instructor"] }))]
#[schema(as = UpdateUser)]
pub(crate) struct ChangeUser {
    /// The new roles of the user.
    #[serde(default)]
    #[schema(min_items = 1, max_items = 3, nullable = false)]
    pub roles: Option<Vec<Role>>,
    /// Whether the account is disabled.
    #[serde(default)]
    #[schema(nullable = false)]
    pub disabled: Option<bool>,
}

impl ChangeUser {
    pub(crate) fn takes_admin(&self) -> bool {
        let roles = self.roles.as_ref();
        self.disabled == Some(true) || roles.is_some_and(|roles| !roles.contains(&Role::Admin))
    }
}

/// A new invitation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "email": "grace@example.org" }))]
pub(crate) struct CreateInvitation {
    #[schema(schema_with = schema::email)]
    pub email: String,
    /// The roles of the new user; student when absent.
    #[serde(default)]
    #[schema(min_items = 1, max_items = 3, nullable = false)]
    pub roles: Option<Vec<Role>>,
    #[serde(default)]
    #[schema(schema_with = schema::locale, required = false)]
    pub locale: Option<String>,
}
