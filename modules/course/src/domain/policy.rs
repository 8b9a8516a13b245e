//! Who may do what with a course.

use kernel::{Role, Roles};

use super::course::StaffRole;

/// What a caller is to one course.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CourseRole {
    Admin,
    Staff(StaffRole),
    Other,
}

/// What somebody wants to do with a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Read the draft and the answers of learners.
    Read,
    /// Change and publish it.
    Edit,
    /// Delete or archive it, choose its staff.
    Own,
}

/// Why a caller may not do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Who may not even know of a course is answered that there is none.
    Hidden,
    NotStaff,
    NotOwner,
}

impl CourseRole {
    /// An administrator, whatever else they are; else what the course's staff list says of an
    /// instructor. Who lost that role stays on the list, and may do what any learner may.
    pub(crate) fn of(roles: &Roles, staff: Option<StaffRole>) -> Self {
        match staff {
            _ if roles.has(Role::Admin) => Self::Admin,
            Some(role) if roles.has(Role::Instructor) => Self::Staff(role),
            _ => Self::Other,
        }
    }

    fn meets(self, need: Need) -> bool {
        match (self, need) {
            (Self::Admin, _) | (Self::Staff(_), Need::Read) => true,
            (Self::Staff(role), Need::Edit) => role != StaffRole::Assistant,
            (Self::Staff(role), Need::Own) => role == StaffRole::Owner,
            (Self::Other, _) => false,
        }
    }

    /// Whether the draft and the answers of learners are open to them.
    pub(crate) fn is_staff(self) -> bool {
        self.meets(Need::Read)
    }

    /// # Errors
    /// Why the caller may not do it with a course that was `published` or not.
    pub(crate) fn require(self, need: Need, published: bool) -> Result<(), Refusal> {
        if self.meets(need) {
            return Ok(());
        }
        Err(match (self, need) {
            (Self::Other, _) if !published => Refusal::Hidden,
            (Self::Staff(_), Need::Own) => Refusal::NotOwner,
            _ => Refusal::NotStaff,
        })
    }
}
