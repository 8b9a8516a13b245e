//! What each error is to a program.

use kernel::{Fault, Kind};

use super::Error;

impl Error {
    pub(super) fn kind_and_code(&self) -> (Kind, &str) {
        match self {
            Self::NotFound(_) | Self::NotInVersion(_) => (Kind::NotFound, "course.not_found"),
            Self::NotStaff | Self::SchedulerLeft => (Kind::Forbidden, "course.staff_required"),
            Self::NotOwner => (Kind::Forbidden, "course.owner_required"),
            Self::TokenNeeded | Self::NotPublic => (Kind::Unauthenticated, "auth.token_required"),
            Self::SlugTaken(_) | Self::FilesOfAnother(_) | Self::NotOfOwner(_) => {
                (Kind::Conflict, "course.slug_taken")
            }
            Self::KeyTaken(_) => (Kind::Conflict, "course.key_taken"),
            Self::NothingToPublish(_) => (Kind::Conflict, "course.draft_empty"),
            Self::Incomplete(_) => (Kind::Conflict, "course.draft_incomplete"),
            Self::Unchanged(_) => (Kind::Conflict, "course.draft_unchanged"),
            Self::WasPublished => (Kind::Conflict, "course.deletion_forbidden"),
            Self::NotPublished => (Kind::Conflict, "course.not_published"),
            Self::Archived => (Kind::Conflict, "course.already_archived"),
            Self::NotArchived => (Kind::Conflict, "course.not_archived"),
            Self::SectionNotEmpty => (Kind::Conflict, "course.section_not_empty"),
            Self::PrerequisiteCycle(_) => (Kind::Conflict, "course.prerequisite_cycle"),
            Self::InvitationExpired => (Kind::Conflict, "course.invitation_expired"),
            Self::InvitationUsedUp => (Kind::Conflict, "course.invitation_used_up"),
            Self::LastOwner => (Kind::Conflict, "course.last_owner"),
            Self::TooMany(..) => (Kind::Conflict, "course.item_limit_exceeded"),
            Self::TooManyAssetBytes(_) => (Kind::Conflict, "course.asset_limit_exceeded"),
            Self::AssetChanged => (Kind::Stale, "request.version_conflict"),
            Self::AssetStore(_) => (Kind::Unavailable, "course.asset_store_unavailable"),
            Self::TooManyVersions(_) => (Kind::Conflict, "course.version_limit_exceeded"),
            Self::TooLarge(_) => (Kind::Invalid, "course.size_limit_exceeded"),
            Self::AttemptsExhausted(_) => (Kind::Conflict, "course.attempt_limit_exceeded"),
            Self::TooManySubmissions(_) => (Kind::Limited, "course.submission_limit_exceeded"),
            Self::CoolingDown(_) => (Kind::Limited, "course.cooldown_active"),
            Self::HintNotTaken(_) => (Kind::Conflict, "course.hint_not_taken"),
            Self::NotStarted => (Kind::Conflict, "course.attempt_not_started"),
            Self::TimeOver => (Kind::Conflict, "course.attempt_expired"),
            Self::TooManyOpen => (Kind::Conflict, "course.open_attempt_limit_exceeded"),
            Self::AttemptChanged(_) => (Kind::Conflict, "course.attempt_changed"),
            Self::AttemptOpen(_) => (Kind::Conflict, "course.attempt_open"),
            Self::GradingPending => (Kind::Conflict, "course.grading_pending"),
            Self::OlderVersion(..) => (Kind::Conflict, "course.version_outdated"),
            Self::AlreadyGraded => (Kind::Conflict, "course.submission_already_graded"),
            Self::TooManyCourses(_) => (Kind::Conflict, "course.course_limit_exceeded"),
            Self::NothingToRegrade => (Kind::Conflict, "course.regrade_not_applicable"),
            Self::RegradeUnpublished => (Kind::Conflict, "course.exercise_not_published"),
            Self::RegradeOpen(_) | Self::RegradeApplying(_) => {
                (Kind::Conflict, "course.regrade_in_progress")
            }
            Self::RegradeOutdated(_) => (Kind::Conflict, "course.regrade_outdated"),
            Self::RegradeNotChecked => (Kind::Conflict, "course.regrade_not_checked"),
            Self::RegradeApplied => (Kind::Conflict, "course.regrade_applied"),
            Self::TooManyRegrades(_) => (Kind::Conflict, "course.regrade_limit_exceeded"),
            Self::Claimed => (Kind::Conflict, "course.submission_claimed"),
            Self::InBatch(.., error) => error.kind_and_code(),
            Self::Busy | Self::Moved | Self::AssetGoing | Self::TooManyExports => {
                (Kind::Unavailable, "server.busy")
            }
            Self::ExportRunning => (Kind::Limited, "course.export_download_running"),
            Self::OwnAnswer => (Kind::Conflict, "course.own_submission"),
            Self::Inactive => (Kind::Conflict, "course.user_inactive"),
            Self::NotInstructor => (Kind::Conflict, "course.user_not_instructor"),
            Self::Invalid(code, _) => (Kind::Invalid, code),
            Self::IdTaken(_) => (Kind::Conflict, "course.id_taken"),
            Self::Stale(error) => (error.kind(), error.code()),
            Self::Idempotency(error) => (error.kind(), error.code()),
            Self::Remote(error) => (error.kind(), error.code()),
            Self::Lane(error) => (error.kind(), error.code()),
            Self::Storage(error) => (database::kind(error), database::code(error)),
        }
    }
}
