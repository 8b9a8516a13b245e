//! A user as the module keeps them.

use chrono::{DateTime, Duration, Utc};
use kernel::{Role, Roles, UserId};

use super::visibility::ProfileVisibility;

/// An account without its password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UserRecord {
    pub id: UserId,
    pub username: String,
    pub email: String,
    pub email_verified_at: Option<DateTime<Utc>>,
    /// When somebody first showed at once that they read the address and know the password.
    pub owner_shown_at: Option<DateTime<Utc>>,
    pub display_name: String,
    pub bio: String,
    pub avatar_url: Option<String>,
    pub locale: String,
    pub time_zone: String,
    pub visibility: ProfileVisibility,
    pub roles: Roles,
    pub disabled: bool,
    /// The password counts no longer; an administrator wants a new one.
    pub reset_required: bool,
    /// Waits to be erased and can be brought back.
    pub deletion_scheduled_at: Option<DateTime<Utc>>,
    /// Gone; only the id is left.
    pub erased_at: Option<DateTime<Utc>>,
    pub rights_changed_at: DateTime<Utc>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl UserRecord {
    /// A new student, whose email address is not verified.
    pub(crate) fn new(id: UserId, username: String, email: String, now: DateTime<Utc>) -> Self {
        Self {
            id,
            display_name: username.clone(),
            username,
            email,
            email_verified_at: None,
            owner_shown_at: None,
            bio: String::new(),
            avatar_url: None,
            locale: "en".to_owned(),
            time_zone: "UTC".to_owned(),
            visibility: ProfileVisibility::default(),
            roles: vec![Role::Student].into(),
            disabled: false,
            reset_required: false,
            deletion_scheduled_at: None,
            erased_at: None,
            rights_changed_at: now,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    /// Raises the version; the tokens that were made before count as long as they did.
    pub(crate) fn note_change(&mut self, now: DateTime<Utc>) {
        self.version += 1;
        self.updated_at = now;
    }

    /// Raises the version and ends the tokens that were made before.
    pub(crate) fn renew_rights(&mut self, now: DateTime<Utc>) {
        self.note_change(now);
        // Tokens state their age in seconds, so each change must lie in a later one than the last.
        let later = self.rights_changed_at + Duration::seconds(1);
        self.rights_changed_at = now.max(later);
    }

    /// Whether the user may act: the account is neither disabled nor scheduled for deletion.
    pub(crate) fn is_active(&self) -> bool {
        !self.disabled && self.deletion_scheduled_at.is_none()
    }

    pub(crate) fn is_active_admin(&self) -> bool {
        self.roles.has(Role::Admin) && self.is_active()
    }

    /// What the user is called and reached by, which a password must not be made of.
    pub(crate) fn own_words(&self) -> [&str; 3] {
        [&self.username, &self.email, &self.display_name]
    }
}

/// What a user may do at present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rights {
    pub user: UserId,
    pub roles: Roles,
    /// When it last changed.
    pub since: DateTime<Utc>,
}
