//! Accounts and profiles.

use chrono::{DateTime, Utc};
use kernel::{Role, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::people::Person;
use crate::visibility::ProfileVisibility;

/// An account as its owner and administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Account {
    /// The person.
    pub id: UserId,
    /// Unique without regard to case.
    #[schema(max_length = 32)]
    pub username: String,
    /// Unique without regard to case.
    #[schema(max_length = 254)]
    pub email: String,
    /// Whether the address was shown to be theirs.
    pub email_verified: bool,
    /// The name to show.
    #[schema(max_length = 100)]
    pub display_name: String,
    /// A few words about the person.
    #[schema(max_length = 2000)]
    pub bio: String,
    /// Where a picture of the person lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500, nullable = false)]
    pub avatar_url: Option<String>,
    /// What others see of the profile.
    pub visibility: ProfileVisibility,
    /// A BCP 47 language tag.
    #[schema(max_length = 35)]
    pub locale: String,
    /// An IANA time zone.
    #[schema(max_length = 64)]
    pub time_zone: String,
    /// What the person is.
    #[schema(min_items = 1, max_items = 3)]
    pub roles: Vec<Role>,
    /// Whether the person is shut out.
    pub disabled: bool,
    /// When its deletion was asked for; absent when it was not. Until it is deleted it is frozen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub frozen_at: Option<DateTime<Utc>>,
    /// The version, as in the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the account was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl Account {
    pub(crate) fn of(person: &Person) -> Self {
        Self {
            id: person.id,
            username: person.username.clone(),
            email: person.email.clone(),
            email_verified: person.email_verified_at.is_some(),
            display_name: person.display_name.clone(),
            bio: person.bio.clone(),
            avatar_url: person.avatar_url.clone(),
            visibility: person.visibility,
            locale: person.locale.clone(),
            time_zone: person.time_zone.clone(),
            roles: person.roles.clone().into(),
            disabled: person.disabled,
            frozen_at: person.frozen_at,
            version: person.version,
            created_at: person.created_at,
            updated_at: person.updated_at,
        }
    }
}

/// What everybody with an account may see of a person, as far as the person allows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Profile {
    /// The person.
    pub id: UserId,
    /// Unique without regard to case.
    #[schema(max_length = 32)]
    pub username: String,
    /// The name to show.
    #[schema(max_length = 100)]
    pub display_name: String,
    /// A few words about the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000, nullable = false)]
    pub bio: Option<String>,
    /// Where a picture of the person lies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500, nullable = false)]
    pub avatar_url: Option<String>,
}
