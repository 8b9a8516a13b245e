//! What can go wrong about time that is over or set aside, in words for the caller.

use kernel::{Fault, FieldFault, Kind};

use crate::domain::MAX_DAYS_OF_YEAR;

/// A failure that concerns the time of a learner.
#[derive(Debug, thiserror::Error)]
pub enum TimeError {
    /// The time for which the learner may learn in the course is over.
    #[error(
        "your time in this course is over; what you have earned is kept, and the staff of the course can give you more time"
    )]
    EnrollmentExpired,
    /// A vacation that has begun, ends before it begins, or is too far ahead.
    #[error("this vacation cannot be announced; see `errors`")]
    VacationInvalid(Vec<FieldFault>),
    /// A calendar year would have too many vacation days.
    #[error(
        "{year} would have more than {MAX_DAYS_OF_YEAR} vacation days, which is the maximum; announce a shorter vacation"
    )]
    TooManyVacationDays {
        /// Which year.
        year: i32,
    },
}

impl Fault for TimeError {
    fn kind(&self) -> Kind {
        match self {
            Self::EnrollmentExpired => Kind::Forbidden,
            Self::VacationInvalid(_) => Kind::Invalid,
            Self::TooManyVacationDays { .. } => Kind::Conflict,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::EnrollmentExpired => "progress.enrollment_expired",
            Self::VacationInvalid(_) => "progress.vacation_invalid",
            Self::TooManyVacationDays { .. } => "progress.vacation_limit_exceeded",
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::VacationInvalid(faults) => faults.clone(),
            _ => Vec::new(),
        }
    }
}
