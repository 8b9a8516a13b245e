//! A row as the rest of the module sees it, and back.

use kernel::{Roles, text};

use crate::domain::{ProfileVisibility, UserRecord, email_address};
use crate::entity::account::Model;

pub(super) fn record(row: Model) -> UserRecord {
    UserRecord {
        id: row.id.into(),
        username: row.username,
        email: row.email,
        email_verified_at: row.email_verified_at,
        owner_shown_at: row.owner_shown_at,
        display_name: row.display_name,
        bio: row.bio,
        avatar_url: row.avatar_url,
        locale: row.locale,
        time_zone: row.time_zone,
        // What is not known shows nothing.
        visibility: row.visibility.parse().unwrap_or(ProfileVisibility::Hidden),
        roles: Roles::from_words(&row.roles),
        disabled: row.disabled,
        reset_required: row.reset_required,
        deletion_scheduled_at: row.deletion_scheduled_at,
        erased_at: row.erased_at,
        rights_changed_at: row.rights_changed_at,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

pub(super) fn model(account: &UserRecord) -> Model {
    Model {
        id: account.id.uuid(),
        username: account.username.clone(),
        username_folded: text::fold(&account.username),
        email: account.email.clone(),
        email_folded: email_address::key(&account.email),
        email_verified_at: account.email_verified_at,
        owner_shown_at: account.owner_shown_at,
        display_name: account.display_name.clone(),
        bio: account.bio.clone(),
        avatar_url: account.avatar_url.clone(),
        locale: account.locale.clone(),
        time_zone: account.time_zone.clone(),
        visibility: account.visibility.into_str().to_owned(),
        roles: account.roles.to_words(),
        disabled: account.disabled,
        reset_required: account.reset_required,
        deletion_scheduled_at: account.deletion_scheduled_at,
        erased_at: account.erased_at,
        rights_changed_at: account.rights_changed_at,
        password_hash: String::new(),
        version: account.version,
        created_at: account.created_at,
        updated_at: account.updated_at,
    }
}
