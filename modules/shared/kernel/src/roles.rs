//! What a person is on this platform.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A role; a person may hold several.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Takes courses. Everybody is one.
    Student,
    /// Writes courses.
    Instructor,
    /// Runs the platform.
    Admin,
}

impl Role {
    /// The word that stands for the role in JSON, tokens and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Student => "student",
            Self::Instructor => "instructor",
            Self::Admin => "admin",
        }
    }

    /// Reads the word that [`Role::as_str`] writes.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Student, Self::Instructor, Self::Admin]
            .into_iter()
            .find(|role| role.as_str() == word)
    }
}

/// The roles of one person: sorted, without doubles, never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Role>", into = "Vec<Role>")]
pub struct Roles(Vec<Role>);

impl Roles {
    /// Whether the person holds `role`.
    pub fn has(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    /// The roles in order.
    pub fn iter(&self) -> impl Iterator<Item = Role> + '_ {
        self.0.iter().copied()
    }

    /// The roles as words joined by a space, as they stand in a table.
    pub fn to_words(&self) -> String {
        let words: Vec<_> = self.iter().map(Role::as_str).collect();
        words.join(" ")
    }

    /// Reads what [`Roles::to_words`] wrote; words that are no role are passed over.
    pub fn from_words(words: &str) -> Self {
        words
            .split_whitespace()
            .filter_map(Role::parse)
            .collect::<Vec<_>>()
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
