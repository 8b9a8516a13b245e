//! What can go wrong in this module, in words for the caller.

mod achievement;
mod cohort;
mod report;
mod time;

pub use achievement::AchievementError;
pub use cohort::CohortError;
pub(crate) use report::ReportError;
pub use time::TimeError;

use contracts::course::OutlinePrerequisite;
use kernel::{ExerciseId, Failure, Fault, FieldFault, Kind, Stale};
use sea_orm::DbErr;

/// A failure of the progress module.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no published course with this id.
    #[error("there is no published course with this ID; find courses with GET /api/v1/courses")]
    CourseNotFound,
    /// The course takes nobody in any more.
    #[error(
        "this course is archived and takes no new learners; choose another one with GET /api/v1/courses"
    )]
    CourseArchived,
    /// The learner has not completed what the course requires.
    #[error(
        "complete these courses first (enroll with POST /api/v1/progress/enrollments if you have not): {}",
        courses(missing)
    )]
    PrerequisitesMissing {
        /// The courses that are not completed.
        missing: Vec<OutlinePrerequisite>,
    },
    /// Every seat of the course is taken, or belongs to somebody who waits for it.
    #[error(
        "all seats of this course are taken; join its waiting list with POST /api/v1/progress/waiting-list"
    )]
    CourseFull,
    /// The staff of the course has taken the learner out of it.
    #[error("the staff of this course has removed you from it; ask them to enroll you again")]
    LearnerRemoved,
    /// Somebody is to be brought back who has just left.
    #[error(
        "this learner left the course or its waiting list within the last 24 hours; ask them to enroll themselves, or enroll them 24 hours after they left"
    )]
    LearnerLeft,
    /// The names of those who are to be enrolled cannot be read.
    #[error("these names of learners cannot be read; correct what errors names")]
    LearnersInvalid(Vec<FieldFault>),
    /// Somebody wants to wait for what they can have.
    #[error("this course has a free seat; enroll with POST /api/v1/progress/enrollments")]
    SeatsAvailable,
    /// Somebody wants to come into a course that they are in.
    #[error(
        "you are enrolled in this course; GET /api/v1/progress/enrollments lists your enrollments"
    )]
    AlreadyEnrolled,
    /// Somebody waits for as many courses as one can.
    #[error(
        "you wait for {0} courses, which is the maximum; leave one of the waiting lists with DELETE /api/v1/progress/waiting-list/{{course}}"
    )]
    TooManyWaitingListEntries(u64),
    /// Somebody does not wait for this course.
    #[error(
        "you are not on the waiting list of this course; GET /api/v1/progress/waiting-list lists the courses that you wait for"
    )]
    WaitingListEntryNotFound,
    /// The learner is not enrolled where the lesson or course is.
    #[error(
        "you are not enrolled in this course, or in a course with this lesson; enroll: POST /api/v1/progress/enrollments"
    )]
    EnrollmentRequired,
    /// The enrollment does not exist or is somebody else's.
    #[error("you have no enrollment with this ID; GET /api/v1/progress/enrollments lists yours")]
    EnrollmentNotFound,
    /// Nobody whom the caller may see.
    #[error(
        "there is no learner with this ID whom you may see here; GET /api/v1/progress/courses/{{course}}/learners lists those of a course"
    )]
    LearnerNotFound,
    /// The version that the learner is on does not have the exercise.
    #[error(
        "the version that this learner is on has no exercise with this ID; GET /api/v1/progress/courses/{{course}}/gradebook/{{learner}} lists those that count"
    )]
    ExerciseNotFound,
    /// The staff has set no grade.
    #[error(
        "this grade is not overridden, so the best answer counts already; GET /api/v1/progress/courses/{{course}}/gradebook/{{learner}} shows what is"
    )]
    OverrideNotFound,
    /// More points than there are.
    #[error("this exercise gives at most {most} points to this learner; send {most} or less")]
    ScoreTooHigh {
        /// The points of the exercise.
        most: i32,
    },
    /// A grade was changed as often as it can be.
    #[error(
        "this grade was set {most} times within the last 24 hours, which is the maximum; remove the override, or set it after the seconds in Retry-After"
    )]
    TooManyGradeChanges {
        /// How often a grade can be changed in a day.
        most: u64,
        /// How long until it can be changed again.
        wait: chrono::TimeDelta,
    },
    /// The settings of a gradebook break its rules.
    #[error("these settings do not make a gradebook; correct the fields in errors")]
    GradebookInvalid(Vec<FieldFault>),
    /// The lesson is complete only when its exercises are passed.
    #[error(
        "pass these exercises first: {}; the lesson then completes by itself",
        titles(open)
    )]
    ExercisesRequired {
        /// The exercises that are not passed, with their titles.
        open: Vec<(ExerciseId, String)>,
    },
    /// The caller requires a version that does not exist yet.
    #[error(
        "your progress is at version {revision}, older than at_least; leave at_least out, or send {revision} or less"
    )]
    VersionNotReached {
        /// The present version.
        revision: i64,
    },
    /// The version that the caller requires is written and does not show yet.
    #[error("what you have just written does not show yet; try again in a second")]
    VersionPending,
    /// The version is not the one to which an enrollment can move.
    #[error(
        "an enrollment can only move to the newest version, {newest}; look at GET /api/v1/progress/enrollments/{{enrollment}}/upgrade again"
    )]
    NotNewestVersion {
        /// The newest version.
        newest: i64,
    },
    /// The course has no such version.
    #[error(
        "this course has no version with this number; the newest is {newest}, and GET /api/v1/courses/{{course}}/versions lists all"
    )]
    VersionNotFound {
        /// The newest version.
        newest: i64,
    },
    /// There is no newer version than the one to move from.
    #[error(
        "the newest version is {newest}, and learners move to it only from older ones; send a lower from_version, or leave it out"
    )]
    VersionNotOlder {
        /// The newest version.
        newest: i64,
    },
    /// Learners of another version are still to be told of the newest one.
    #[error(
        "an offer to other learners of this course is on its way; send this one again when they have been told, within a day"
    )]
    OfferPending,
    /// The caller may not change the course.
    #[error(
        "only the owners and co-instructors of this course, or an administrator, may do that; ask one of them"
    )]
    EditorRequired,
    /// The learner has left and come back too often today.
    #[error(
        "you have left this course {most} times within the last 24 hours, which is the maximum; enroll after the seconds in Retry-After"
    )]
    TooManyReturns {
        /// How often a learner can come back in a day.
        most: i64,
        /// How long until they can come back again.
        wait: chrono::TimeDelta,
    },
    /// The days are in the wrong order or too many.
    #[error(
        "from must not be after to, and the range can span at most {most} days; request a shorter one"
    )]
    DayRangeInvalid {
        /// How many days the range can span.
        most: i64,
    },
    /// No certificate can have this number.
    #[error(
        "this is not the number of a certificate, and one character of it may be mistyped; compare it with the certificate, 16 characters in groups of four"
    )]
    CertificateCodeMistyped,
    /// No certificate has this number.
    #[error(
        "there is no certificate with this number; compare it with the certificate, or ask its holder for another: one whose account was deleted is gone"
    )]
    CertificateNotFound,
    /// A certificate could not be drawn.
    #[error("the certificate cannot be drawn: {0}")]
    Drawing(String),
    /// A request about achievements failed.
    #[error(transparent)]
    Achievement(#[from] AchievementError),
    /// A request about cohorts failed.
    #[error(transparent)]
    Cohort(#[from] CohortError),
    /// Time is over, or cannot be set aside.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// Too many certificates are being drawn.
    #[error(transparent)]
    Lane(#[from] rest::LaneError),
    /// A request about reports failed.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The account of the user is gone.
    #[error("this account was deleted and its progress with it; sign up again to learn")]
    UserErased,
    /// Something stored does not decode.
    #[error("a stored record cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// The storage failed.
    #[error("the database is unavailable; try again in a second")]
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

impl Error {
    /// The fonts of certificates are compiled in, so that only a defect brings this.
    pub(crate) fn fonts_unreadable() -> Self {
        Self::Drawing("its fonts cannot be read".to_owned())
    }
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::CourseNotFound
            | Self::EnrollmentRequired
            | Self::EnrollmentNotFound
            | Self::CertificateCodeMistyped
            | Self::CertificateNotFound
            | Self::LearnerNotFound
            | Self::ExerciseNotFound
            | Self::OverrideNotFound
            | Self::WaitingListEntryNotFound
            | Self::VersionNotFound { .. }
            | Self::UserErased => Kind::NotFound,
            Self::CourseArchived
            | Self::CourseFull
            | Self::SeatsAvailable
            | Self::AlreadyEnrolled
            | Self::LearnerLeft
            | Self::TooManyWaitingListEntries(_)
            | Self::ExercisesRequired { .. }
            | Self::PrerequisitesMissing { .. }
            | Self::NotNewestVersion { .. }
            | Self::OfferPending
            | Self::VersionNotReached { .. } => Kind::Conflict,
            Self::VersionPending => Kind::Unavailable,
            Self::TooManyReturns { .. } | Self::TooManyGradeChanges { .. } => Kind::Limited,
            Self::DayRangeInvalid { .. }
            | Self::VersionNotOlder { .. }
            | Self::ScoreTooHigh { .. }
            | Self::LearnersInvalid(_)
            | Self::GradebookInvalid(_) => Kind::Invalid,
            Self::EditorRequired | Self::LearnerRemoved => Kind::Forbidden,
            Self::Unreadable(_) | Self::Drawing(_) => Kind::Internal,
            Self::Storage(error) => database::kind(error),
            Self::Stale(error) => error.kind(),
            Self::Idempotency(error) => error.kind(),
            Self::Remote(error) => error.kind(),
            Self::Report(error) => error.kind(),
            Self::Lane(error) => error.kind(),
            Self::Achievement(error) => error.kind(),
            Self::Cohort(error) => error.kind(),
            Self::Time(error) => error.kind(),
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::CourseNotFound => "progress.course_not_found",
            Self::CourseArchived => "progress.course_archived",
            Self::CourseFull => "progress.course_full",
            Self::LearnerRemoved => "progress.learner_removed",
            Self::LearnerLeft => "progress.learner_left",
            Self::LearnersInvalid(_) => "progress.learners_invalid",
            Self::SeatsAvailable => "progress.seats_available",
            Self::AlreadyEnrolled => "progress.already_enrolled",
            Self::TooManyWaitingListEntries(_) => "progress.waiting_list_limit_exceeded",
            Self::WaitingListEntryNotFound => "progress.waiting_list_entry_not_found",
            Self::EnrollmentRequired => "progress.enrollment_required",
            Self::EnrollmentNotFound => "progress.enrollment_not_found",
            Self::LearnerNotFound => "progress.learner_not_found",
            Self::ExerciseNotFound => "progress.exercise_not_found",
            Self::OverrideNotFound => "progress.override_not_found",
            Self::ScoreTooHigh { .. } => "progress.score_too_high",
            Self::TooManyGradeChanges { .. } => "progress.grade_change_limit_exceeded",
            Self::GradebookInvalid(_) => "progress.gradebook_invalid",
            Self::PrerequisitesMissing { .. } => "progress.prerequisites_missing",
            Self::ExercisesRequired { .. } => "progress.exercises_required",
            Self::NotNewestVersion { .. } => "progress.version_not_newest",
            Self::VersionNotFound { .. } => "progress.version_not_found",
            Self::VersionNotReached { .. } => "progress.version_not_reached",
            Self::VersionPending => "progress.version_pending",
            Self::TooManyReturns { .. } => "progress.return_limit_exceeded",
            Self::VersionNotOlder { .. } => "progress.version_not_older",
            Self::OfferPending => "progress.offer_pending",
            Self::EditorRequired => "progress.editor_required",
            Self::DayRangeInvalid { .. } => "progress.day_range_invalid",
            Self::CertificateCodeMistyped => "progress.certificate_code_mistyped",
            Self::CertificateNotFound => "progress.certificate_not_found",
            Self::Drawing(_) => "progress.certificate_not_drawn",
            Self::UserErased => "progress.user_erased",
            Self::Unreadable(_) => "progress.unreadable",
            Self::Storage(error) => database::code(error),
            Self::Stale(error) => error.code(),
            Self::Idempotency(error) => error.code(),
            Self::Remote(error) => error.code(),
            Self::Report(error) => error.code(),
            Self::Lane(error) => error.code(),
            Self::Achievement(error) => error.code(),
            Self::Cohort(error) => error.code(),
            Self::Time(error) => error.code(),
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::ExercisesRequired { open } => open
                .iter()
                .map(|(id, title)| {
                    let pointer = format!("/exercises/{id}");
                    FieldFault::new(pointer, "open", format!("pass the exercise “{title}”"))
                })
                .collect(),
            Self::PrerequisitesMissing { missing } => missing
                .iter()
                .map(|course| {
                    let pointer = format!("/prerequisites/{}", course.course_id);
                    let message = format!("complete the course “{}”", course.title);
                    FieldFault::new(pointer, "incomplete", message)
                })
                .collect(),
            Self::VersionNotOlder { newest } => vec![FieldFault::new(
                "/from_version",
                "not_older",
                format!("must be lower than the newest version, {newest}"),
            )],
            Self::ScoreTooHigh { most } => vec![FieldFault::new(
                "/score",
                "too_large",
                format!("must be at most {most}"),
            )],
            Self::GradebookInvalid(faults) | Self::LearnersInvalid(faults) => faults.clone(),
            Self::DayRangeInvalid { most } => vec![FieldFault::new(
                "/query/from",
                "range",
                format!(
                    "must not be after to, and at most {} days before it",
                    most - 1
                ),
            )],
            Self::Remote(error) => error.fields(),
            Self::Report(error) => error.fields(),
            Self::Achievement(error) => error.fields(),
            Self::Cohort(error) => error.fields(),
            Self::Time(error) => error.fields(),
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<std::time::Duration> {
        match self {
            Self::TooManyReturns { wait, .. } | Self::TooManyGradeChanges { wait, .. } => {
                wait.to_std().ok()
            }
            Self::Remote(error) => error.retry_after(),
            Self::VersionPending => Some(std::time::Duration::from_secs(1)),
            _ => None,
        }
    }
}

fn courses(missing: &[OutlinePrerequisite]) -> String {
    let titles: Vec<&str> = missing.iter().map(|course| course.title.as_str()).collect();
    titles.join(", ")
}

fn titles(open: &[(ExerciseId, String)]) -> String {
    let titles: Vec<&str> = open.iter().map(|(_, title)| title.as_str()).collect();
    titles.join(", ")
}
