//! What can go wrong about achievements, in words for the caller.

use kernel::{Fault, FieldFault, Kind};

/// A failure that concerns achievements.
#[derive(Debug, thiserror::Error)]
pub enum AchievementError {
    /// There is none with this id.
    #[error(
        "there is no achievement with this ID; GET /api/v1/achievements lists those that can be earned"
    )]
    NotFound,
    /// Its rule makes no sense, or cannot be reached.
    #[error("some fields are invalid; see `errors`")]
    Invalid(Vec<FieldFault>),
    /// Another one that can be earned has the name.
    #[error("another achievement has this name; choose another one, or retire that achievement")]
    NameTaken,
    /// There are as many as there can be.
    #[error(
        "there are {0} achievements, which is the maximum; delete one that nobody has earned first"
    )]
    TooMany(u64),
}

impl Fault for AchievementError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound => Kind::NotFound,
            Self::Invalid(_) => Kind::Invalid,
            Self::NameTaken | Self::TooMany(_) => Kind::Conflict,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::NotFound => "progress.achievement_not_found",
            Self::Invalid(_) => "progress.achievement_invalid",
            Self::NameTaken => "progress.achievement_name_taken",
            Self::TooMany(_) => "progress.achievement_limit_exceeded",
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::Invalid(faults) => faults.clone(),
            Self::NameTaken => vec![FieldFault::new(
                "/name",
                "taken",
                "must be a name that no other achievement has",
            )],
            _ => Vec::new(),
        }
    }
}
