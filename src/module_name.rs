//! The names of the modules, which nothing else lists.

use bus::Listener;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The part of the platform that could not handle an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ModuleName {
    User,
    Course,
    Progress,
    Notification,
}

impl ModuleName {
    /// In the order in which they are opened, started and listed.
    pub const ALL: [Self; 4] = [Self::User, Self::Course, Self::Progress, Self::Notification];

    /// As it stands in file names, events and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Course => "course",
            Self::Progress => "progress",
            Self::Notification => "notification",
        }
    }

    /// The schema of its tables on PostgreSQL.
    pub fn schema(self) -> &'static str {
        match self {
            Self::User => "users",
            Self::Course => "courses",
            Self::Progress => "progress",
            Self::Notification => "notifications",
        }
    }

    /// The error for a command that needs the module in this process.
    pub(crate) fn elsewhere(self) -> String {
        format!(
            "the {0} module does not run here; do this where it does, or add {0} to modules.run",
            self.as_str()
        )
    }

    /// The module as a listener, wherever it runs.
    pub fn listener(self) -> Listener {
        let types = match self {
            Self::User => user::LISTENS_TO,
            Self::Course => course::LISTENS_TO,
            Self::Progress => progress::LISTENS_TO,
            Self::Notification => notification::LISTENS_TO,
        };
        Listener {
            consumer: self.as_str(),
            types,
        }
    }
}
