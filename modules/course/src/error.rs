//! What can go wrong in this module, in words for the caller.

use kernel::{Failure, Fault, FieldFault, Kind, Stale};

/// Why a course could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("there is no such {0}, or you may not see it; check its id, or ask its staff")]
    NotFound(&'static str),
    #[error("only the staff of this course may do that; ask its owner to add you")]
    NotStaff,
    #[error("only the owner of this course or an administrator may do that; ask one of them")]
    NotOwner,
    #[error("mine=true needs an access token: log in and send it as Authorization: Bearer …")]
    TokenNeeded,
    #[error("the address {0} is taken by another course; choose another slug")]
    SlugTaken(String),
    #[error("the key {0} is taken here; choose another one or leave it out")]
    KeyTaken(String),
    #[error("there is nothing to publish: {0}")]
    NothingToPublish(&'static str),
    #[error(
        "version {0} already says all that the draft says; change something before you publish"
    )]
    Unchanged(i64),
    #[error(
        "a course that was published cannot be deleted, as people have learnt from it; archive it"
    )]
    WasPublished,
    #[error("a draft takes no answers; publish the course first")]
    NotPublished,
    #[error("this course is archived; publish it again to bring it back")]
    Archived,
    #[error("this section still has lessons; move or delete them first")]
    SectionNotEmpty,
    #[error("a course keeps at least one owner; make somebody else an owner first")]
    LastOwner,
    #[error("a course can have at most {1} {0}; join or delete some first")]
    TooMany(&'static str, usize),
    #[error("all {0} attempts at this exercise are used; its explanation is with your submissions")]
    AttemptsExhausted(i32),
    #[error("some fields are not as they must be; errors names each of them")]
    Invalid(&'static str, Vec<FieldFault>),
    #[error(
        "this person's account is disabled or being erased, so nothing can be given to it; an administrator can enable it"
    )]
    Inactive,
    #[error(
        "this person does not teach; an administrator can make them an instructor, and then they can be on the staff"
    )]
    TeachesNot,
    #[error("the id {0} belongs to something else; leave the id out or take a new one")]
    IdTaken(uuid::Uuid),
    #[error(transparent)]
    Stale(#[from] Stale),
    #[error(transparent)]
    Idempotency(#[from] database::idempotency::IdempotencyError),
    #[error(transparent)]
    Remote(#[from] Failure),
    #[error("the storage did not answer; try again")]
    Storage(#[from] sea_orm::DbErr),
}

impl Error {
    /// A request that breaks one rule at one place.
    pub(crate) fn field(at: impl Into<String>, code: &str, message: &str) -> Self {
        Self::Invalid("course.invalid", vec![FieldFault::new(at, code, message)])
    }
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound(_) => Kind::NotFound,
            Self::NotStaff | Self::NotOwner => Kind::Forbidden,
            Self::TokenNeeded => Kind::Unauthenticated,
            Self::SlugTaken(_)
            | Self::KeyTaken(_)
            | Self::NothingToPublish(_)
            | Self::Unchanged(_)
            | Self::WasPublished
            | Self::NotPublished
            | Self::Archived
            | Self::SectionNotEmpty
            | Self::LastOwner
            | Self::TooMany(..)
            | Self::AttemptsExhausted(_)
            | Self::Inactive
            | Self::TeachesNot
            | Self::IdTaken(_) => Kind::Conflict,
            Self::Invalid(..) => Kind::Invalid,
            Self::Stale(error) => error.kind(),
            Self::Idempotency(error) => error.kind(),
            Self::Remote(error) => error.kind(),
            Self::Storage(error) => database::kind(error),
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::NotFound(_) => "course.not_found",
            Self::NotStaff => "course.not_staff",
            Self::NotOwner => "course.not_owner",
            Self::TokenNeeded => "auth.token_missing",
            Self::SlugTaken(_) => "course.slug_taken",
            Self::KeyTaken(_) => "course.key_taken",
            Self::NothingToPublish(_) => "course.nothing_to_publish",
            Self::Unchanged(_) => "course.unchanged",
            Self::WasPublished => "course.was_published",
            Self::NotPublished => "course.not_published",
            Self::Archived => "course.archived",
            Self::SectionNotEmpty => "course.section_not_empty",
            Self::LastOwner => "course.last_owner",
            Self::TooMany(..) => "course.too_many",
            Self::AttemptsExhausted(_) => "course.attempts_exhausted",
            Self::Inactive => "course.person_inactive",
            Self::TeachesNot => "course.person_teaches_not",
            Self::Invalid(code, _) => code,
            Self::IdTaken(_) => "course.id_taken",
            Self::Stale(error) => error.code(),
            Self::Idempotency(error) => error.code(),
            Self::Remote(error) => error.code(),
            Self::Storage(_) => "storage.failed",
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::Invalid(_, fields) => fields.clone(),
            Self::SlugTaken(_) => vec![FieldFault::new("/slug", "taken", "must be unique")],
            Self::KeyTaken(_) => vec![FieldFault::new("/key", "taken", "must be unique")],
            Self::Remote(error) => error.fields(),
            _ => Vec::new(),
        }
    }
}
