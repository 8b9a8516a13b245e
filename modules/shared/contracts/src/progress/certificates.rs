//! The events of certificates.

use chrono::{DateTime, Utc};
use kernel::{CourseId, Event, UserId};
use serde::{Deserialize, Serialize};

/// The staff of a course has revoked a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressCertificateRevoked {
    /// The number of the certificate.
    pub certificate_code: String,
    /// Whose.
    pub learner_id: UserId,
    /// Of which course.
    pub course_id: CourseId,
    /// The course's title, for messages.
    pub course_title: String,
    /// Why, in the words of the staff.
    pub reason: String,
    /// Since when.
    pub revoked_at: DateTime<Utc>,
}

/// A certificate expires soon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressCertificateExpiring {
    /// The number of the certificate.
    pub certificate_code: String,
    /// Whose.
    pub learner_id: UserId,
    /// Of which course.
    pub course_id: CourseId,
    /// The course's title, for messages.
    pub course_title: String,
    /// When.
    pub expires_at: DateTime<Utc>,
}

/// A certificate that was revoked counts again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressCertificateReinstated {
    /// The number of the certificate.
    pub certificate_code: String,
    /// Whose.
    pub learner_id: UserId,
    /// Of which course.
    pub course_id: CourseId,
    /// The course's title, for messages.
    pub course_title: String,
}

impl Event for ProgressCertificateRevoked {
    const TYPE: &'static str = "progress.certificate_revoked.v1";
    const AGGREGATE: &'static str = "learner";
    fn subject(&self) -> String {
        self.learner_id.to_string()
    }
}

impl Event for ProgressCertificateExpiring {
    const TYPE: &'static str = "progress.certificate_expiring.v1";
    const AGGREGATE: &'static str = "certificate";
    fn subject(&self) -> String {
        self.certificate_code.clone()
    }
}

impl Event for ProgressCertificateReinstated {
    const TYPE: &'static str = "progress.certificate_reinstated.v1";
    const AGGREGATE: &'static str = "learner";
    fn subject(&self) -> String {
        self.learner_id.to_string()
    }
}
