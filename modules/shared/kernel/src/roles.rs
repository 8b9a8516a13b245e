//! What a user is on this platform.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};
use utoipa::ToSchema;

/// A role; a user may hold several.
// `into_str` is the word that stands for it in JSON, tokens and tables.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[derive(EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
#[schema(as = UserRole)]
pub enum Role {
    /// Takes courses. Everybody is one.
    Student,
    /// Writes courses.
    Instructor,
    /// Runs the platform.
    Admin,
}

/// The roles of one user: sorted, without doubles, never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Role>", into = "Vec<Role>")]
pub struct Roles(Vec<Role>);

impl Roles {
    /// Whether the user holds `role`.
    pub fn has(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    /// The roles in order.
    pub fn iter(&self) -> impl Iterator<Item = Role> + '_ {
        self.0.iter().copied()
    }

    /// The roles that are in both; everybody is a student.
    #[must_use]
    pub fn common(&self, other: &Self) -> Self {
        let both: Vec<_> = self.iter().filter(|role| other.has(*role)).collect();
        both.into()
    }

    /// The roles as words joined by a space, as they stand in a table.
    pub fn to_words(&self) -> String {
        let words: Vec<_> = self.iter().map(|role| role.into_str()).collect();
        words.join(" ")
    }

    /// Reads what [`Roles::to_words`] wrote; words that are no role are passed over.
    pub fn from_words(words: &str) -> Self {
        words
            .split_whitespace()
            .filter_map(|word| word.parse().ok())
            .collect::<Vec<Role>>()
            .into()
    }
}

impl From<Vec<Role>> for Roles {
    fn from(mut roles: Vec<Role>) -> Self {
        if roles.is_empty() {
            roles.push(Role::Student);
        }
        roles.sort_unstable();
        roles.dedup();
        Self(roles)
    }
}

impl From<Roles> for Vec<Role> {
    fn from(roles: Roles) -> Self {
        roles.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Role, Roles};

    #[test]
    fn what_two_have_in_common_is_no_more_than_either_has() {
        let all: Roles = vec![Role::Student, Role::Instructor, Role::Admin].into();
        let some: Roles = vec![Role::Student, Role::Instructor].into();
        assert_eq!(all.common(&some), some);
        assert_eq!(some.common(&all), some);
        let one: Roles = vec![Role::Admin].into();
        assert_eq!(some.common(&one), vec![Role::Student].into());
    }
}
