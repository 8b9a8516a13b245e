//! What can go wrong in this module, in words for the caller.

use kernel::{ExerciseId, Failure, Fault, FieldFault, Kind, Stale};
use sea_orm::DbErr;

/// A failure of the progress module.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no published course with this id.
    #[error("there is no published course with this id; find courses at GET /api/v1/courses")]
    CourseUnknown,
    /// The course takes nobody in any more.
    #[error(
        "this course is archived and takes no new learners; choose another at GET /api/v1/courses"
    )]
    CourseArchived,
    /// The learner is not enrolled where the lesson or course is.
    #[error(
        "you are not enrolled in a course with this id or lesson; enrol with POST /api/v1/progress/enrollments"
    )]
    NotEnrolled,
    /// The enrolment does not exist or is somebody else's.
    #[error(
        "there is no enrolment of yours with this id; list yours at GET /api/v1/progress/enrollments"
    )]
    EnrollmentUnknown,
    /// The lesson is complete only when its exercises are passed.
    #[error(
        "this lesson is complete when all its exercises are passed; still open: {}; answer them, and the lesson completes by itself",
        titles(open)
    )]
    ExercisesOpen {
        /// The exercises that are not passed, with their titles.
        open: Vec<(ExerciseId, String)>,
    },
    /// The caller asks for a version that has not happened.
    #[error(
        "this progress is at version {revision}, before the one that you ask for; leave at_least out or ask for {revision} or less"
    )]
    VersionAhead {
        /// The present version.
        revision: i64,
    },
    /// The days are in the wrong order or too many.
    #[error("from must not be after to, and they may span at most 366 days; ask for less")]
    DayRange,
    /// The account of the person is gone.
    #[error("this account was deleted and its progress with it; sign up again to learn")]
    Forgotten,
    /// Something stored does not decode.
    #[error("a stored record cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// The storage failed.
    #[error("the storage did not answer; try again")]
    Storage(#[from] DbErr),
    /// The caller's copy is out of date.
    #[error(transparent)]
    Stale(#[from] Stale),
    /// The idempotency key cannot be served.
    #[error(transparent)]
    Idempotency(#[from] database::idempotency::IdempotencyError),
    /// Another module did not answer.
    #[error(transparent)]
    Remote(#[from] Failure),
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::CourseUnknown | Self::NotEnrolled | Self::EnrollmentUnknown | Self::Forgotten => {
                Kind::NotFound
            }
            Self::CourseArchived | Self::ExercisesOpen { .. } | Self::VersionAhead { .. } => {
                Kind::Conflict
            }
            Self::DayRange => Kind::Invalid,
            Self::Unreadable(_) => Kind::Internal,
            Self::Storage(error) => database::kind(error),
            Self::Stale(error) => error.kind(),
            Self::Idempotency(error) => error.kind(),
            Self::Remote(error) => error.kind(),
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::CourseUnknown => "progress.course_unknown",
            Self::CourseArchived => "progress.course_archived",
            Self::NotEnrolled => "progress.not_enrolled",
            Self::EnrollmentUnknown => "progress.enrollment_unknown",
            Self::ExercisesOpen { .. } => "progress.exercises_open",
            Self::VersionAhead { .. } => "progress.version_ahead",
            Self::DayRange => "progress.day_range",
            Self::Forgotten => "progress.forgotten",
            Self::Unreadable(_) => "progress.unreadable",
            Self::Storage(_) => "storage.failed",
            Self::Stale(error) => error.code(),
            Self::Idempotency(error) => error.code(),
            Self::Remote(error) => error.code(),
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::ExercisesOpen { open } => open
                .iter()
                .map(|(id, title)| {
                    let pointer = format!("/exercises/{id}");
                    FieldFault::new(pointer, "open", format!("pass the exercise “{title}”"))
                })
                .collect(),
            Self::DayRange => vec![FieldFault::new(
                "/query/from",
                "range",
                "must be at most 365 days before to",
            )],
            Self::Remote(error) => error.fields(),
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<std::time::Duration> {
        match self {
            Self::Remote(error) => error.retry_after(),
            _ => None,
        }
    }
}

fn titles(open: &[(ExerciseId, String)]) -> String {
    let titles: Vec<&str> = open.iter().map(|(_, title)| title.as_str()).collect();
    titles.join(", ")
}
