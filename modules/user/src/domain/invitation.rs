//! Who may invite whom.

use kernel::{Role, Roles, UserId};
use serde::{Deserialize, Serialize};

/// What the one-time token of an invitation carries.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Invitation {
    pub roles: Roles,
    pub invited_by: UserId,
    pub locale: String,
    pub display_name: String,
}

/// Whether somebody with the roles `by` may invite to `roles`.
pub(crate) fn may_invite(by: &Roles, roles: &Roles) -> bool {
    by.has(Role::Admin) || (by.has(Role::Instructor) && !is_beyond_student(roles))
}

pub(crate) fn is_beyond_student(roles: &Roles) -> bool {
    roles.iter().any(|role| role != Role::Student)
}
