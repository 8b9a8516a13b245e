//! Who may do what with a course.

use kernel::Role;
use rest::Caller;

use crate::Error;
use crate::content::StaffRole;
use crate::store::courses::CourseRecord;

/// What a caller is to one course.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
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

impl Standing {
    /// An administrator, whatever else they are; else what the course's staff list says.
    pub(crate) fn of(caller: &Caller, staff: Option<StaffRole>) -> Self {
        if caller.has(Role::Admin) {
            Self::Admin
        } else {
            staff.map_or(Self::Other, Self::Staff)
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
}

/// Who may not even know of a course is told that there is none.
///
/// # Errors
/// [`Error::NotFound`] or, for what the caller can see but not change, a refusal.
pub(crate) fn check(course: &CourseRecord, standing: Standing, need: Need) -> Result<(), Error> {
    if standing.meets(need) {
        return Ok(());
    }
    match (standing, need) {
        (Standing::Other, _) if course.published_version == 0 => Err(Error::NotFound("course")),
        (Standing::Staff(_), Need::Own) => Err(Error::NotOwner),
        _ => Err(Error::NotStaff),
    }
}
