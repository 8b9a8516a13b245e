//! The notification for each event.

use contracts::course::{CoursePublishFailed, ExerciseSubmissionReviewed};
use contracts::progress::{
    ProgressAchievementUnlocked, ProgressCertificateExpiring, ProgressCertificateReinstated,
    ProgressCertificateRevoked, ProgressCourseCompleted, ProgressEnrolled,
    ProgressEnrollmentExpired, ProgressEnrollmentExpiring, ProgressLearnerRemoved,
    ProgressVersionAvailable,
};
use contracts::user::{
    UserCreated, UserIdentityLinked, UserLocked, UserMfaChanged, UserPasswordChanged,
    UserSuspiciousLogin,
};
use kernel::{Event, UserId};

use crate::domain::Message;

/// An event that causes a notification.
pub(crate) trait Notifies: Event {
    /// The recipient, and the notification.
    fn message(self) -> (UserId, Message);
}

impl Notifies for UserCreated {
    fn message(self) -> (UserId, Message) {
        (self.user_id, Message::Welcome)
    }
}

impl Notifies for UserSuspiciousLogin {
    fn message(self) -> (UserId, Message) {
        (self.user_id, Message::SuspiciousLogin)
    }
}

impl Notifies for UserPasswordChanged {
    fn message(self) -> (UserId, Message) {
        let message = Message::PasswordChanged {
            reset: self.reset,
            sessions: self.sessions_ended,
            api_tokens: self.api_tokens_ended,
            api_tokens_kept: self.api_tokens_kept,
            identities: self.identities_ended,
            identities_kept: self.identities_kept,
            second_factor: self.second_factor_ended,
        };
        (self.user_id, message)
    }
}

impl Notifies for UserMfaChanged {
    fn message(self) -> (UserId, Message) {
        let message = match self.enabled {
            true => Message::MfaEnabled,
            false => Message::MfaDisabled,
        };
        (self.user_id, message)
    }
}

impl Notifies for UserLocked {
    fn message(self) -> (UserId, Message) {
        let message = match self.locked {
            true => Message::AccountLocked,
            false => Message::AccountUnlocked,
        };
        (self.user_id, message)
    }
}

impl Notifies for UserIdentityLinked {
    fn message(self) -> (UserId, Message) {
        let message = Message::IdentityLinked {
            provider: self.provider,
        };
        (self.user_id, message)
    }
}

impl Notifies for ProgressEnrolled {
    fn message(self) -> (UserId, Message) {
        let message = Message::Enrolled {
            course_id: self.course_id,
            course_title: self.course_title,
            origin: self.origin,
        };
        (self.learner_id, message)
    }
}

impl Notifies for ProgressVersionAvailable {
    fn message(self) -> (UserId, Message) {
        let message = Message::VersionAvailable {
            enrollment_id: self.enrollment_id,
            course_title: self.course_title,
            version: self.version,
            newest_version: self.newest_version,
            change_notes: self.change_notes,
            moved: self.moved,
        };
        (self.learner_id, message)
    }
}

impl Notifies for CoursePublishFailed {
    fn message(self) -> (UserId, Message) {
        let message = Message::PublishFailed {
            course_id: self.course_id,
            course_title: self.course_title,
            reason: self.reason,
        };
        (self.recipient_id, message)
    }
}

impl Notifies for ExerciseSubmissionReviewed {
    fn message(self) -> (UserId, Message) {
        let message = Message::AnswerGraded {
            submission_id: self.submission_id,
            course_title: self.course_title,
            exercise_title: self.exercise_title,
            score: self.score,
            max_score: self.max_score,
            passed: self.passed,
        };
        (self.learner_id, message)
    }
}

impl Notifies for ProgressCourseCompleted {
    fn message(self) -> (UserId, Message) {
        let message = Message::CourseCompleted {
            course_id: self.course_id,
            course_title: self.course_title,
            certificate_code: self.certificate_code,
        };
        (self.learner_id, message)
    }
}

impl Notifies for ProgressLearnerRemoved {
    fn message(self) -> (UserId, Message) {
        let message = Message::LearnerRemoved {
            enrollment_id: self.enrollment_id,
            course_title: self.course_title,
        };
        (self.learner_id, message)
    }
}

impl Notifies for ProgressEnrollmentExpiring {
    fn message(self) -> (UserId, Message) {
        let message = Message::EnrollmentExpiring {
            enrollment_id: self.enrollment_id,
            course_title: self.course_title,
            until: self.access_until.format("%Y-%m-%d %H:%M").to_string(),
        };
        (self.learner_id, message)
    }
}

impl Notifies for ProgressEnrollmentExpired {
    fn message(self) -> (UserId, Message) {
        let message = Message::EnrollmentExpired {
            enrollment_id: self.enrollment_id,
            course_title: self.course_title,
        };
        (self.learner_id, message)
    }
}

impl Notifies for ProgressCertificateRevoked {
    fn message(self) -> (UserId, Message) {
        let message = Message::CertificateRevoked {
            course_title: self.course_title,
            certificate_code: self.certificate_code,
            reason: self.reason,
        };
        (self.learner_id, message)
    }
}

impl Notifies for ProgressCertificateExpiring {
    fn message(self) -> (UserId, Message) {
        let message = Message::CertificateExpiring {
            course_title: self.course_title,
            certificate_code: self.certificate_code,
            until: self.expires_at.format("%Y-%m-%d %H:%M").to_string(),
        };
        (self.learner_id, message)
    }
}

impl Notifies for ProgressCertificateReinstated {
    fn message(self) -> (UserId, Message) {
        let message = Message::CertificateReinstated {
            course_title: self.course_title,
            certificate_code: self.certificate_code,
        };
        (self.learner_id, message)
    }
}

impl Notifies for ProgressAchievementUnlocked {
    fn message(self) -> (UserId, Message) {
        let message = Message::AchievementUnlocked {
            achievement_id: self.achievement_id,
            name: self.name,
            description: self.description,
            points: self.points,
        };
        (self.learner_id, message)
    }
}
