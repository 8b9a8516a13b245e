//! Who calls.

use crate::{Role, Roles, SessionId, UserId};

/// A user who has shown a valid access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The user.
    pub user_id: UserId,
    /// The login that the token belongs to.
    pub session_id: SessionId,
    /// What they are.
    pub roles: Roles,
    /// What the token may be used for, words joined by blanks; empty means everything.
    pub scope: String,
}

impl Caller {
    /// Whether the user holds `role`.
    pub fn has(&self, role: Role) -> bool {
        self.roles.has(role)
    }
}
