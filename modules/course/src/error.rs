//! What can go wrong in this module, in words for the caller.

mod codes;

use std::time::Duration;

use chrono::TimeDelta;
use kernel::{Failure, Fault, FieldFault, Kind, Stale};

use crate::domain::Refusal;
use crate::domain::bounds::{
    MAX_ANSWER_BYTES_OF_DAY, MAX_COURSE_BYTES, MAX_OPEN_ATTEMPTS, MAX_SUBMISSIONS_OF_DAY,
    MAX_VERSION_BYTES, MAX_VERSIONS,
};

/// Why a course could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("there is no such {0}, or you are not allowed to see it; check its ID")]
    NotFound(&'static str),
    #[error(
        "this version of the course has no such {0}; add draft=true to the URL to read the draft, or version to read another version"
    )]
    NotInVersion(&'static str),
    #[error(
        "only public courses can be read without an access token; log in (POST /api/v1/auth/login), and send it as Authorization: Bearer …"
    )]
    NotPublic,
    #[error("only the staff of this course may do that; ask its owner to add you")]
    NotStaff,
    #[error("only the owner of this course or an administrator may do that; ask one of them")]
    NotOwner,
    #[error(
        "mine=true requires an access token; log in (POST /api/v1/auth/login), and send it as Authorization: Bearer …"
    )]
    TokenNeeded,
    #[error(
        "the slug {0} is that of another course than the id in course.yaml; choose another slug, or remove the id to replace the draft of that course"
    )]
    FilesOfAnother(String),
    #[error(
        "the course {0} exists, and the owner is not on its staff; choose another slug, or name somebody of its staff as owner"
    )]
    NotOfOwner(String),
    #[error("the slug {0} is taken by another course; choose another one")]
    SlugTaken(String),
    #[error("the key {0} is already used here; choose another one, or leave it out")]
    KeyTaken(String),
    #[error("there is nothing to publish: {0}")]
    NothingToPublish(&'static str),
    #[error("no learner could get past some parts of the draft; see `errors`")]
    Incomplete(Vec<FieldFault>),
    #[error("the draft is identical to version {0}; change something before you publish")]
    Unchanged(i64),
    #[error(
        "a published course cannot be deleted; archive it: POST /api/v1/courses/{{course}}/archive"
    )]
    WasPublished,
    #[error("a draft takes no answers; publish the course first")]
    NotPublished,
    #[error(
        "this course is already archived; POST /api/v1/courses/{{course}}/restore brings it back"
    )]
    Archived,
    #[error(
        "the user who scheduled this can no longer publish the course; another owner or co-instructor must schedule it again"
    )]
    SchedulerLeft,
    #[error("this course is not archived, so there is nothing to restore")]
    NotArchived,
    #[error("this section still has lessons; move or delete them first")]
    SectionNotEmpty,
    #[error(
        "these courses would require each other: {}; remove a prerequisite from one of them",
        _0.join(" → ")
    )]
    PrerequisiteCycle(Vec<String>),
    #[error("this invitation has expired; ask the staff of the course for another one")]
    InvitationExpired,
    #[error(
        "this invitation has let in as many people as it may; ask the staff of the course for another one"
    )]
    InvitationUsedUp,
    #[error(
        "a course keeps at least one owner who has accepted it; make somebody else an owner, who accepts by sending the role again for themselves"
    )]
    LastOwner,
    #[error("a course can have at most {1} {0}; remove or merge some first")]
    TooMany(&'static str, usize),
    #[error(
        "this change would bring the texts of the course to {0} bytes; at most {max} are allowed. Shorten them, or split the course",
        max = MAX_COURSE_BYTES
    )]
    TooLarge(u64),
    #[error(
        "the assets of this course and of its versions would have more than {0} bytes; delete some that no version has, or upload smaller ones"
    )]
    TooManyAssetBytes(u64),
    #[error(
        "this asset has changed since you read it; list the assets again, and send its sha256 in quotes as If-Match"
    )]
    AssetChanged,
    #[error(
        "the same content is just being deleted; try again in a second, or in ten minutes if that fails"
    )]
    AssetGoing,
    #[error("other archives of courses are just being sent; try again in a few seconds")]
    TooManyExports,
    #[error("you are downloading a course already; wait until that download has finished")]
    ExportRunning,
    #[error("the asset store does not respond; try again in a second")]
    AssetStore(#[from] object_store::Error),
    #[error(
        "this course has {0} versions, and another one would exceed {versions} versions or {bytes} bytes; continue in a new course (gopro course export and import), and archive this one",
        versions = MAX_VERSIONS,
        bytes = MAX_VERSION_BYTES
    )]
    TooManyVersions(u64),
    #[error(
        "you have used {} at this exercise; GET /api/v1/submissions/{{submission}} shows its explanation",
        attempts(*_0)
    )]
    AttemptsExhausted(i32),
    #[error(
        "you have submitted {submissions} answers, or {bytes} bytes of them, within the last 24 hours, which is the maximum; try again after the seconds in Retry-After",
        submissions = MAX_SUBMISSIONS_OF_DAY,
        bytes = MAX_ANSWER_BYTES_OF_DAY
    )]
    TooManySubmissions(TimeDelta),
    #[error("this hint costs {0}% of the points of the exercise; POST to the same URL takes it")]
    HintNotTaken(i32),
    #[error(
        "this exercise has a waiting time between attempts; try again after the seconds in Retry-After"
    )]
    CoolingDown(TimeDelta),
    #[error(
        "you have not started an attempt at this exercise; POST /api/v1/exercises/{{exercise}}/attempts starts one, and then the prompt, the task, and the hints are shown"
    )]
    NotStarted,
    #[error(
        "the time of this attempt is over, and what you had saved is handed in within a few seconds; GET /api/v1/exercises/{{exercise}}/submissions shows it"
    )]
    TimeOver,
    #[error(
        "you have started {max} attempts and not handed them in, which is the maximum; hand some of them in first",
        max = MAX_OPEN_ATTEMPTS
    )]
    TooManyOpen,
    #[error(
        "that was the task of another attempt, and the next one is number {0}; GET /api/v1/exercises/{{exercise}} shows its task"
    )]
    AttemptChanged(i32),
    #[error(
        "you have started an attempt at version {0} of this exercise; GET /api/v1/exercises/{{exercise}}?version={0} shows its task, and an answer with that version hands it in"
    )]
    AttemptOpen(i64),
    #[error(
        "your previous answer is still waiting to be graded; you can hand in another one when it is, and GET /api/v1/submissions/{{submission}} shows whether it is"
    )]
    GradingPending,
    #[error(
        "version {0} is older than version {1}, which is yours, and nobody grades what would not count; leave version out to answer yours"
    )]
    OlderVersion(i64, i64),
    #[error(
        "the answers to this exercise are graded by the staff, and a regrade goes by the correct answer; GET /api/v1/submissions with the filters exercise and state=queued lists those that wait"
    )]
    NothingToRegrade,
    #[error(
        "the newest version of the course does not have this exercise, and a regrade goes by that; publish a version that has it first"
    )]
    RegradeUnpublished,
    #[error(
        "the regrade {0} of this exercise is not finished; apply it, or delete it, and request this one again"
    )]
    RegradeOpen(uuid::Uuid),
    #[error(
        "the regrade {0} of this exercise is being applied; wait until its state is applied, and request this one again"
    )]
    RegradeApplying(uuid::Uuid),
    #[error(
        "this regrade goes by version {0}, and a newer one was published since; delete it, and request another regrade"
    )]
    RegradeOutdated(i64),
    #[error(
        "what this regrade would change is still being worked out; GET /api/v1/regrades/{{regrade}} shows when its state is checked"
    )]
    RegradeNotChecked,
    #[error(
        "this regrade is being applied or was applied, and stays as a record; to correct a correction, publish it and request another regrade"
    )]
    RegradeApplied,
    #[error(
        "you own {0} courses, which is the maximum; delete drafts that you do not need, or hand courses over to others of their staff"
    )]
    TooManyCourses(u64),
    #[error(
        "this exercise was regraded {0} times, which is the maximum; create a new exercise instead"
    )]
    TooManyRegrades(usize),
    #[error("this submission is already graded; GET /api/v1/submissions/{{submission}} shows it")]
    AlreadyGraded,
    #[error(
        "somebody else is about to grade this answer; take another one, or ask an owner of the course to release it"
    )]
    Claimed,
    /// The number of the operation that failed, and the field in which its content stands.
    #[error("{2}; nothing was changed")]
    InBatch(usize, &'static str, Box<Error>),
    #[error("others are changing the same thing at this moment; try again in a second")]
    Busy,
    /// The learner has moved to another version since the exercise was read; it is read again.
    #[error("you have moved to another version at this moment; try again in a second")]
    Moved,
    #[error("nobody grades an answer of their own; ask somebody else of the staff")]
    OwnAnswer,
    #[error("some fields are invalid; see `errors`")]
    Invalid(&'static str, Vec<FieldFault>),
    #[error("this account is disabled or scheduled for deletion, so it cannot join the staff")]
    Inactive,
    #[error("this user is not an instructor; an administrator can grant the role")]
    NotInstructor,
    #[error("the ID {0} belongs to something else; leave it out, or send a new one")]
    IdTaken(uuid::Uuid),
    #[error(transparent)]
    Stale(#[from] Stale),
    #[error(transparent)]
    Idempotency(#[from] database::idempotency::IdempotencyError),
    #[error(transparent)]
    Remote(#[from] Failure),
    #[error(transparent)]
    Lane(#[from] rest::LaneError),
    #[error("the database is unavailable; try again in a second")]
    Storage(#[from] sea_orm::DbErr),
}

impl Error {
    /// A request that breaks one rule at one place.
    pub(crate) fn field(at: impl Into<String>, code: &str, message: &str) -> Self {
        vec![FieldFault::new(at, code, message)].into()
    }

    /// Who may not know of the course learns of its parts no more than that they do not exist.
    pub(crate) fn hiding(self, part: &'static str) -> Self {
        match self {
            Self::NotFound(_) => Self::NotFound(part),
            other => other,
        }
    }

    /// Says what is taken when the storage has it already.
    pub(crate) fn or_taken(self, taken: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Storage(error) if database::is_unique_violation(&error) => taken(),
            other => other,
        }
    }
}

impl From<Vec<FieldFault>> for Error {
    fn from(faults: Vec<FieldFault>) -> Self {
        Self::Invalid("course.invalid", faults)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Hidden => Self::NotFound("course"),
            Refusal::NotStaff => Self::NotStaff,
            Refusal::NotOwner => Self::NotOwner,
        }
    }
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        self.kind_and_code().0
    }

    fn code(&self) -> &str {
        self.kind_and_code().1
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::InBatch(.., error) => error.retry_after(),
            Self::TooManySubmissions(wait) | Self::CoolingDown(wait) => wait.to_std().ok(),
            Self::Stale(error) => error.retry_after(),
            Self::Idempotency(error) => error.retry_after(),
            Self::Remote(error) => error.retry_after(),
            Self::Lane(error) => error.retry_after(),
            Self::TooManyExports | Self::ExportRunning => Some(Duration::from_secs(5)),
            _ => None,
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::Invalid(_, fields) | Self::Incomplete(fields) => fields.clone(),
            Self::InBatch(index, part, error) => within(*index, part, error),
            Self::SlugTaken(_) => vec![FieldFault::new("/slug", "taken", "must be unique")],
            Self::PrerequisiteCycle(slugs) => {
                let message = format!("must not lead back to this course: {}", slugs.join(" → "));
                vec![FieldFault::new("/prerequisites", "cycle", message)]
            }
            Self::KeyTaken(_) => vec![FieldFault::new("/key", "taken", "must be unique")],
            Self::Remote(error) => error.fields(),
            _ => Vec::new(),
        }
    }
}

/// The faults of an operation of a batch, with the operation itself when they have no place.
fn within(index: usize, part: &str, error: &Error) -> Vec<FieldFault> {
    // What failed inside is no fault of the request, and nothing that a caller is told of.
    if matches!(error.kind(), Kind::Internal | Kind::Unavailable) {
        return Vec::new();
    }
    let at = format!("/operations/{index}");
    let fields = error.fields().into_iter();
    let mut faults: Vec<FieldFault> = fields
        .map(|fault| FieldFault {
            pointer: match fault.pointer.as_str() {
                "/reference" => format!("{at}/reference"),
                pointer => format!("{at}{part}{pointer}"),
            },
            ..fault
        })
        .collect();
    if faults.is_empty() {
        faults.push(FieldFault::new(at, "operation_failed", error.to_string()));
    }
    faults
}

/// All that an exercise allows, in words.
fn attempts(allowed: i32) -> String {
    match allowed {
        1 => "your only attempt".to_owned(),
        _ => format!("all {allowed} attempts"),
    }
}
