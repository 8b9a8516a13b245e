//! What can go wrong about achievements, in words for the caller.

use kernel::{Fault, FieldFault, Kind};

/// A failure that concerns achievements.
#[derive(Debug, thiserror::Error)]
pub enum RewardsError {
    /// There is none with this id.
    #[error(
        "there is no achievement with this ID; GET /api/v1/achievements lists those that can be earned"
    )]
    AchievementNotFound,
    /// Its rule makes no sense, or cannot be reached.
    #[error("some fields are invalid; errors names each of them")]
    AchievementInvalid(Vec<FieldFault>),
    /// Another one that can be earned has the name.
    #[error("another achievement has this name; choose another one, or retire that achievement")]
    AchievementNameTaken,
    /// There are as many as there can be.
    #[error(
        "there are {0} achievements, which is the maximum; delete one that nobody has earned first"
    )]
    TooManyAchievements(u64),
}

impl Fault for RewardsError {
    fn kind(&self) -> Kind {
        match self {
            Self::AchievementNotFound => Kind::NotFound,
            Self::AchievementInvalid(_) => Kind::Invalid,
            Self::AchievementNameTaken | Self::TooManyAchievements(_) => Kind::Conflict,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::AchievementNotFound => "progress.achievement_not_found",
            Self::AchievementInvalid(_) => "progress.achievement_invalid",
            Self::AchievementNameTaken => "progress.achievement_name_taken",
            Self::TooManyAchievements(_) => "progress.achievement_limit_exceeded",
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::AchievementInvalid(faults) => faults.clone(),
            Self::AchievementNameTaken => vec![FieldFault::new(
                "/name",
                "taken",
                "must be a name that no other achievement has",
            )],
            _ => Vec::new(),
        }
    }
}
