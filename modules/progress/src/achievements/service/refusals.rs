//! What is refused whatever the rule says.

use kernel::{FieldFault, text};

use super::super::store::definitions::NameRecord;
use crate::domain::Achievement;
use crate::error::AchievementError;

pub(super) fn two_scopes() -> AchievementError {
    let message = "must be absent where course_id is given; an achievement is about one of the two, or about everything";
    AchievementError::Invalid(vec![FieldFault::new("/tag", "exclusive", message)])
}

/// That no other achievement that can be earned has the name.
pub(super) fn check_name(
    wanted: &Achievement,
    known: &[NameRecord],
) -> Result<(), AchievementError> {
    let folded = text::fold(&wanted.name);
    let alike = |one: &&NameRecord| !one.retired && text::fold(&one.name) == folded;
    let mut others = known.iter().filter(|one| one.id != wanted.id);
    match wanted.retired_at.is_none() && others.any(|one| alike(&one)) {
        true => Err(AchievementError::NameTaken),
        false => Ok(()),
    }
}
