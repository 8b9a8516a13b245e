//! What the module can say to a person, before it is put into words.

use kernel::{AchievementId, CourseId};
use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a message is about; people will choose their channels by it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum,
)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub(crate) enum Category {
    /// The safety of the account.
    Security,
    /// The account itself.
    Account,
    /// A course that the person takes.
    Course,
    /// How far the person has come.
    Progress,
    /// What the person has earned.
    Achievement,
    /// News from the people who run the platform or a course.
    Announcement,
    /// Something that the person wanted to be reminded of.
    Reminder,
}

impl Category {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Security => "security",
            Self::Account => "account",
            Self::Course => "course",
            Self::Progress => "progress",
            Self::Achievement => "achievement",
            Self::Announcement => "announcement",
            Self::Reminder => "reminder",
        }
    }
}

/// Which template a message is written with.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, EnumIter, DeriveActiveEnum,
)]
#[serde(rename_all = "snake_case")]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub(crate) enum MessageType {
    /// The account is there.
    Welcome,
    /// The person takes a course.
    Enrolled,
    /// The person has finished a course.
    CourseCompleted,
    /// The person has earned an achievement.
    AchievementUnlocked,
    /// A session was ended because somebody may have copied it.
    SuspiciousLogin,
    /// The password is another one.
    PasswordChanged,
    /// A second factor is asked for from now on.
    MfaEnabled,
    /// No second factor is asked for any more.
    MfaDisabled,
    /// An administrator has shut the person out.
    AccountLocked,
    /// An administrator has let the person in again.
    AccountUnlocked,
    /// An account at another provider opens this one.
    IdentityLinked,
}

impl MessageType {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Welcome => "welcome",
            Self::Enrolled => "enrolled",
            Self::CourseCompleted => "course_completed",
            Self::AchievementUnlocked => "achievement_unlocked",
            Self::SuspiciousLogin => "suspicious_login",
            Self::PasswordChanged => "password_changed",
            Self::MfaEnabled => "mfa_enabled",
            Self::MfaDisabled => "mfa_disabled",
            Self::AccountLocked => "account_locked",
            Self::AccountUnlocked => "account_unlocked",
            Self::IdentityLinked => "identity_linked",
        }
    }
}

/// A message with the facts that its text needs; kept as JSON, so that a mail can be written later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Message {
    Welcome,
    Enrolled {
        course_id: CourseId,
        course_title: String,
    },
    CourseCompleted {
        course_id: CourseId,
        course_title: String,
    },
    AchievementUnlocked {
        achievement_id: AchievementId,
        name: String,
        description: String,
        points: i32,
    },
    SuspiciousLogin,
    PasswordChanged,
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
            Self::CourseCompleted { .. } => MessageType::CourseCompleted,
            Self::AchievementUnlocked { .. } => MessageType::AchievementUnlocked,
            Self::SuspiciousLogin => MessageType::SuspiciousLogin,
            Self::PasswordChanged => MessageType::PasswordChanged,
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
            Self::Enrolled { .. } => Category::Course,
            Self::CourseCompleted { .. } => Category::Progress,
            Self::AchievementUnlocked { .. } => Category::Achievement,
            Self::SuspiciousLogin
            | Self::PasswordChanged
            | Self::MfaEnabled
            | Self::MfaDisabled
            | Self::IdentityLinked { .. } => Category::Security,
        }
    }

    /// Where in the API the person finds what the message speaks of.
    pub(crate) fn link(&self) -> Option<String> {
        Some(match self {
            Self::Welcome => "/api/v1/courses".to_owned(),
            Self::Enrolled { course_id, .. } | Self::CourseCompleted { course_id, .. } => {
                format!("/api/v1/progress/courses/{course_id}")
            }
            Self::AchievementUnlocked { .. } => "/api/v1/achievements/mine".to_owned(),
            Self::SuspiciousLogin | Self::PasswordChanged => "/api/v1/users/me/sessions".to_owned(),
            Self::IdentityLinked { .. } => "/api/v1/users/me/identities".to_owned(),
            Self::MfaEnabled | Self::MfaDisabled | Self::AccountLocked | Self::AccountUnlocked => {
                "/api/v1/users/me".to_owned()
            }
        })
    }
}
