//! What people ask for about their own account.

use kernel::text;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::schema;
use crate::store::people::Person;
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
