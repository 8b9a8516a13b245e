//! The caller's own account.

use actix_web::{HttpResponse, get, patch, web};
use kernel::text;
use rest::{Command, IfMatch, Learner};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::schema;
use crate::service::Service;
use crate::store::people::Person;
use crate::view::Account;
use crate::visibility::ProfileVisibility;

/// What people change about themselves; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "display_name": "Ada L.", "time_zone": "Europe/London" }))]
pub(crate) struct UpdateMe {
    /// The name to show.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100, format = "line", nullable = false)]
    display_name: Option<String>,
    /// A few words about the person.
    #[serde(default)]
    #[schema(max_length = 2000, nullable = false)]
    bio: Option<String>,
    /// Where a picture of you lies: an https address of a public host; null takes it away.
    #[serde(default, deserialize_with = "present")]
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

/// A merge patch tells null from absent (RFC 7396).
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// Read my account.
#[utoipa::path(
    tag = "users",
    responses((status = 200, description = "The caller's account.", body = Account)),
    security(("bearer" = ["profile:read"]))
)]
#[get("/users/me")]
pub(crate) async fn get_me(
    service: web::Data<Service>,
    caller: Learner,
) -> Result<HttpResponse, rest::Error> {
    let account = service.me(caller.0.user_id).await?;
    Ok(rest::with_version(account.version, &*account))
}

/// Change my account.
#[utoipa::path(
    tag = "users",
    request_body = UpdateMe,
    params(rest::IfMatch),
    responses((status = 200, description = "The changed account.", body = Account)),
    security(("bearer" = ["profile:write"]))
)]
#[patch("/users/me")]
pub(crate) async fn update_me(
    service: web::Data<Service>,
    caller: Learner,
    expected: IfMatch,
    command: Command<UpdateMe>,
) -> Result<HttpResponse, rest::Error> {
    let id = caller.0.user_id;
    let account = service
        .update_me(&command.operation, id, &expected.0, command.body)
        .await?;
    Ok(rest::with_version(account.version, &account))
}

impl UpdateMe {
    pub(crate) fn apply(self, person: &mut Person) {
        if let Some(name) = self.display_name {
            person.display_name = text::clean(&name);
        }
        if let Some(bio) = self.bio {
            person.bio = text::clean(&bio);
        }
        if let Some(url) = self.avatar_url {
            person.avatar_url = url;
        }
        person.visibility = self.visibility.unwrap_or(person.visibility);
        person.locale = self.locale.unwrap_or_else(|| person.locale.clone());
        person.time_zone = self.time_zone.unwrap_or_else(|| person.time_zone.clone());
    }
}
