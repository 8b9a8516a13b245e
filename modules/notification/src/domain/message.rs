//! What the module can say to a user, before it is put into words.

use std::fmt;

use contracts::progress::EnrollmentOrigin;
use kernel::{AchievementId, CourseId, EnrollmentId, SubmissionId};
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::delivery::Lane;

/// What a message is about; users will choose their channels by it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum,
)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[schema(as = NotificationCategory)]
pub(crate) enum Category {
    /// The safety of the account.
    Security,
    /// The account itself.
    Account,
    /// A course that the user takes.
    Course,
    /// How far the user has come.
    Progress,
    /// What the user has earned.
    Achievement,
    /// News from the users who run the platform or a course.
    Announcement,
    /// Something that the user wanted to be reminded of.
    Reminder,
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// Which template a message is written with.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum,
)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[schema(as = NotificationType)]
pub(crate) enum MessageType {
    /// The account is there.
    Welcome,
    /// The user takes a course.
    Enrolled,
    /// A course of the user has a newer version.
    VersionAvailable,
    /// A course that the user edits was not published at its time.
    PublishFailed,
    /// The staff of a course has graded an answer of the user.
    AnswerGraded,
    /// The user has finished a course.
    CourseCompleted,
    /// The staff of a course has removed the user from it.
    LearnerRemoved,
    /// The time of the user in a course ends soon.
    EnrollmentExpiring,
    /// The time of the user in a course is over.
    EnrollmentExpired,
    /// A certificate of the user is not valid any more.
    CertificateRevoked,
    /// A certificate of the user expires soon.
    CertificateExpiring,
    /// A certificate of the user is valid again.
    CertificateReinstated,
    /// The user has earned an achievement.
    AchievementUnlocked,
    /// A session was ended because somebody may have copied it.
    SuspiciousLogin,
    /// The password is another one.
    PasswordChanged,
    /// A second factor is required from now on.
    MfaEnabled,
    /// No second factor is required any more.
    MfaDisabled,
    /// An administrator has disabled the account.
    AccountLocked,
    /// An administrator has enabled the account again.
    AccountUnlocked,
    /// An account at another provider opens this one.
    IdentityLinked,
}

impl MessageType {
    /// The lane of its emails.
    pub(crate) fn lane(self) -> Lane {
        match self {
            Self::SuspiciousLogin
            | Self::PasswordChanged
            | Self::MfaEnabled
            | Self::MfaDisabled
            | Self::AccountLocked
            | Self::AccountUnlocked
            | Self::IdentityLinked => Lane::Account,
            Self::Welcome
            | Self::Enrolled
            | Self::VersionAvailable
            | Self::PublishFailed
            | Self::AnswerGraded
            | Self::CourseCompleted
            | Self::LearnerRemoved
            | Self::EnrollmentExpiring
            | Self::EnrollmentExpired
            | Self::CertificateRevoked
            | Self::CertificateExpiring
            | Self::CertificateReinstated
            | Self::AchievementUnlocked => Lane::Notification,
        }
    }
}

/// A message with the facts that its text needs; kept as JSON, so that an email can be written later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Message {
    Welcome,
    Enrolled {
        course_id: CourseId,
        course_title: String,
        /// How the user has come into the course.
        #[serde(default)]
        origin: EnrollmentOrigin,
    },
    VersionAvailable {
        enrollment_id: EnrollmentId,
        course_title: String,
        version: i64,
        newest_version: i64,
        change_notes: String,
        /// Whether the staff of the course has moved the user to it.
        #[serde(default)]
        moved: bool,
    },
    PublishFailed {
        course_id: CourseId,
        course_title: String,
        reason: String,
    },
    AnswerGraded {
        submission_id: SubmissionId,
        course_title: String,
        exercise_title: String,
        score: i32,
        max_score: i32,
        passed: bool,
    },
    CourseCompleted {
        course_id: CourseId,
        course_title: String,
        /// The number of the certificate.
        #[serde(default)]
        certificate_code: Option<String>,
    },
    LearnerRemoved {
        enrollment_id: EnrollmentId,
        course_title: String,
    },
    EnrollmentExpiring {
        enrollment_id: EnrollmentId,
        course_title: String,
        /// The day and the minute of the end, in UTC.
        until: String,
    },
    EnrollmentExpired {
        enrollment_id: EnrollmentId,
        course_title: String,
    },
    CertificateRevoked {
        course_title: String,
        /// The number of the certificate.
        certificate_code: String,
        reason: String,
    },
    CertificateExpiring {
        course_title: String,
        /// The number of the certificate.
        certificate_code: String,
        /// The day and the minute of the end, in UTC.
        until: String,
    },
    CertificateReinstated {
        course_title: String,
        /// The number of the certificate.
        certificate_code: String,
    },
    AchievementUnlocked {
        achievement_id: AchievementId,
        name: String,
        description: String,
        points: i32,
    },
    SuspiciousLogin,
    PasswordChanged {
        /// Whether it was set by the link of an email.
        #[serde(default)]
        reset: bool,
        /// How many sessions ended with it, if that is known.
        #[serde(default)]
        sessions: Option<u64>,
        /// How many API tokens were deleted with it.
        #[serde(default)]
        api_tokens: u64,
        /// How many API tokens stayed.
        #[serde(default)]
        api_tokens_kept: u64,
        /// How many linked identities were removed with it.
        #[serde(default)]
        identities: u64,
        /// How many linked identities stayed.
        #[serde(default)]
        identities_kept: u64,
        /// Whether the second factor was removed with it.
        #[serde(default)]
        second_factor: bool,
    },
    MfaEnabled,
    MfaDisabled,
    AccountLocked,
    AccountUnlocked,
    IdentityLinked {
        provider: String,
    },
}

impl Message {
    pub(crate) fn message_type(&self) -> MessageType {
        match self {
            Self::Welcome => MessageType::Welcome,
            Self::Enrolled { .. } => MessageType::Enrolled,
            Self::VersionAvailable { .. } => MessageType::VersionAvailable,
            Self::PublishFailed { .. } => MessageType::PublishFailed,
            Self::AnswerGraded { .. } => MessageType::AnswerGraded,
            Self::CourseCompleted { .. } => MessageType::CourseCompleted,
            Self::LearnerRemoved { .. } => MessageType::LearnerRemoved,
            Self::EnrollmentExpiring { .. } => MessageType::EnrollmentExpiring,
            Self::EnrollmentExpired { .. } => MessageType::EnrollmentExpired,
            Self::CertificateRevoked { .. } => MessageType::CertificateRevoked,
            Self::CertificateExpiring { .. } => MessageType::CertificateExpiring,
            Self::CertificateReinstated { .. } => MessageType::CertificateReinstated,
            Self::AchievementUnlocked { .. } => MessageType::AchievementUnlocked,
            Self::SuspiciousLogin => MessageType::SuspiciousLogin,
            Self::PasswordChanged { .. } => MessageType::PasswordChanged,
            Self::MfaEnabled => MessageType::MfaEnabled,
            Self::MfaDisabled => MessageType::MfaDisabled,
            Self::AccountLocked => MessageType::AccountLocked,
            Self::AccountUnlocked => MessageType::AccountUnlocked,
            Self::IdentityLinked { .. } => MessageType::IdentityLinked,
        }
    }

    pub(crate) fn category(&self) -> Category {
        match self {
            Self::Welcome | Self::AccountLocked | Self::AccountUnlocked => Category::Account,
            Self::Enrolled { .. }
            | Self::VersionAvailable { .. }
            | Self::PublishFailed { .. }
            | Self::AnswerGraded { .. }
            | Self::LearnerRemoved { .. }
            | Self::EnrollmentExpiring { .. }
            | Self::EnrollmentExpired { .. } => Category::Course,
            Self::CourseCompleted { .. }
            | Self::CertificateRevoked { .. }
            | Self::CertificateExpiring { .. }
            | Self::CertificateReinstated { .. } => Category::Progress,
            Self::AchievementUnlocked { .. } => Category::Achievement,
            Self::SuspiciousLogin
            | Self::PasswordChanged { .. }
            | Self::MfaEnabled
            | Self::MfaDisabled
            | Self::IdentityLinked { .. } => Category::Security,
        }
    }

    /// Where in the API the user finds what the message speaks of.
    pub(crate) fn link(&self) -> Option<String> {
        Some(match self {
            Self::Welcome => "/api/v1/courses".to_owned(),
            Self::CourseCompleted {
                certificate_code: Some(code),
                ..
            } => format!("/api/v1/progress/certificates/{code}"),
            Self::Enrolled { course_id, .. } | Self::CourseCompleted { course_id, .. } => {
                format!("/api/v1/progress/courses/{course_id}")
            }
            Self::CertificateRevoked {
                certificate_code: code,
                ..
            }
            | Self::CertificateExpiring {
                certificate_code: code,
                ..
            }
            | Self::CertificateReinstated {
                certificate_code: code,
                ..
            } => format!("/api/v1/progress/certificates/{code}"),
            Self::LearnerRemoved { enrollment_id, .. }
            | Self::EnrollmentExpiring { enrollment_id, .. }
            | Self::EnrollmentExpired { enrollment_id, .. }
            | Self::VersionAvailable {
                enrollment_id,
                moved: true,
                ..
            } => format!("/api/v1/progress/enrollments/{enrollment_id}"),
            Self::VersionAvailable { enrollment_id, .. } => {
                format!("/api/v1/progress/enrollments/{enrollment_id}/upgrade")
            }
            Self::PublishFailed { course_id, .. } => {
                format!("/api/v1/courses/{course_id}/schedule")
            }
            Self::AnswerGraded { submission_id, .. } => {
                format!("/api/v1/submissions/{submission_id}")
            }
            Self::AchievementUnlocked { .. } => "/api/v1/achievements/mine".to_owned(),
            Self::SuspiciousLogin | Self::PasswordChanged { .. } => {
                "/api/v1/users/me/sessions".to_owned()
            }
            Self::IdentityLinked { .. } => "/api/v1/users/me/identities".to_owned(),
            Self::MfaEnabled | Self::MfaDisabled | Self::AccountLocked | Self::AccountUnlocked => {
                "/api/v1/users/me".to_owned()
            }
        })
    }
}
