//! What can go wrong about cohorts, in words for the caller.

use kernel::{Fault, FieldFault, Kind};

use crate::domain::{MAX_COHORTS, MAX_MEMBERS};

/// A failure that concerns cohorts.
#[derive(Debug, thiserror::Error)]
pub enum CohortError {
    /// There is none with this id that the caller may see.
    #[error(
        "there is no cohort with this ID that you may see here; GET /api/v1/progress/courses/{{course}}/cohorts lists those of a course"
    )]
    CohortNotFound,
    /// Its name is empty, or it ends before it starts.
    #[error("some fields of the cohort are invalid; see `errors`")]
    CohortInvalid(Vec<FieldFault>),
    /// Another cohort of the course has the name.
    #[error("another cohort of this course has this name; choose another name")]
    CohortNameTaken,
    /// The course has as many as it can have.
    #[error("this course has {MAX_COHORTS} cohorts, which is the maximum; delete one first")]
    TooManyCohorts,
    /// It has as many members as it can have.
    #[error(
        "this cohort has {MAX_MEMBERS} members, which is the maximum; remove some, or create another cohort"
    )]
    CohortFull,
}

impl Fault for CohortError {
    fn kind(&self) -> Kind {
        match self {
            Self::CohortNotFound => Kind::NotFound,
            Self::CohortInvalid(_) => Kind::Invalid,
            Self::CohortNameTaken | Self::TooManyCohorts | Self::CohortFull => Kind::Conflict,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::CohortNotFound => "progress.cohort_not_found",
            Self::CohortInvalid(_) => "progress.cohort_invalid",
            Self::CohortNameTaken => "progress.cohort_name_taken",
            Self::TooManyCohorts => "progress.cohort_limit_exceeded",
            Self::CohortFull => "progress.cohort_full",
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::CohortInvalid(faults) => faults.clone(),
            Self::CohortNameTaken => vec![FieldFault::new(
                "/name",
                "taken",
                "must be a name that no other cohort of the course has",
            )],
            _ => Vec::new(),
        }
    }
}
