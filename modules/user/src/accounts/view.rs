//! The response bodies of this room.

use chrono::{DateTime, Utc};
use kernel::{OneTimeTokenId, Role, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{Invitation, ProfileVisibility, UserRecord};
use crate::one_time_tokens::OneTimeToken;

/// An account as its owner and administrators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct Account {
    /// The user.
    pub id: UserId,
    /// Unique without regard to case.
    #[schema(max_length = 32)]
    pub username: String,
    /// Unique without regard to case.
    #[schema(max_length = 254)]
    pub email: String,
    /// Whether the email address is verified.
    pub email_verified: bool,
    /// The name to show.
    #[schema(max_length = 100)]
    pub display_name: String,
    /// A short biography.
    #[schema(max_length = 2000)]
    pub bio: String,
    /// The URL of a picture of the user.
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
    /// The roles of the user.
    #[schema(min_items = 1, max_items = 3)]
    pub roles: Vec<Role>,
    /// Whether the account is disabled.
    pub disabled: bool,
    /// When its deletion was requested; absent when it was not. The account cannot be used since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub deletion_scheduled_at: Option<DateTime<Utc>>,
    /// The version, as in the ETag.
    #[schema(minimum = 1)]
    pub version: i64,
    /// When the account was created.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl Account {
    pub(crate) fn of(account: &UserRecord) -> Self {
        Self {
            id: account.id,
            username: account.username.clone(),
            email: account.email.clone(),
            email_verified: account.email_verified_at.is_some(),
            display_name: account.display_name.clone(),
            bio: account.bio.clone(),
            avatar_url: account.avatar_url.clone(),
            visibility: account.visibility,
            locale: account.locale.clone(),
            time_zone: account.time_zone.clone(),
            roles: account.roles.clone().into(),
            disabled: account.disabled,
            deletion_scheduled_at: account.deletion_scheduled_at,
            version: account.version,
            created_at: account.created_at,
            updated_at: account.updated_at,
        }
    }
}

/// What other users may see of a user, as far as the user allows.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserProfile)]
pub(crate) struct Profile {
    /// The user.
    pub id: UserId,
    /// Unique without regard to case.
    #[schema(max_length = 32)]
    pub username: String,
    /// The name to show.
    #[schema(max_length = 100)]
    pub display_name: String,
    /// A short biography.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000, nullable = false)]
    pub bio: Option<String>,
    /// The URL of a picture of the user.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500, nullable = false)]
    pub avatar_url: Option<String>,
}

/// An invitation, without its secret.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct InvitationView {
    /// The invitation.
    pub id: OneTimeTokenId,
    /// The address that it was sent to.
    #[schema(max_length = 254)]
    pub email: String,
    /// The roles of the new user.
    #[schema(min_items = 1, max_items = 3)]
    pub roles: Vec<Role>,
    /// Who sent it.
    pub invited_by: UserId,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it expires.
    pub expires_at: DateTime<Utc>,
    /// When it was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub accepted_at: Option<DateTime<Utc>>,
}

impl InvitationView {
    pub(crate) fn of(token: &OneTimeToken, invitation: Invitation) -> Self {
        Self {
            id: token.id,
            email: token.email.clone(),
            roles: invitation.roles.into(),
            invited_by: invitation.invited_by,
            created_at: token.created_at,
            expires_at: token.expires_at,
            accepted_at: token.used_at,
        }
    }
}
