//! The events of the progress module. No module calls it yet, so it has no trait.

mod certificates;

pub use certificates::{
    ProgressCertificateExpiring, ProgressCertificateReinstated, ProgressCertificateRevoked,
};

use chrono::{DateTime, NaiveDate, Utc};
use kernel::{AchievementId, CourseId, EnrollmentId, Event, LessonId, UserId};
use serde::{Deserialize, Serialize};

/// How a learner has come into a course.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnrollmentOrigin {
    /// They have enrolled.
    #[default]
    Learner,
    /// A seat has become free, and they were the first in line.
    WaitingList,
    /// The staff of the course has enrolled them.
    Staff,
}

/// A learner has enrolled in a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressEnrolled {
    /// The enrollment.
    pub enrollment_id: EnrollmentId,
    /// Who.
    pub learner_id: UserId,
    /// In which course.
    pub course_id: CourseId,
    /// The course's title, for messages.
    pub course_title: String,
    /// The published version that the learner stays on.
    pub version: i64,
    /// Whether they come back after they had left.
    #[serde(default)]
    pub returning: bool,
    /// How they have come into it.
    #[serde(default)]
    pub origin: EnrollmentOrigin,
}

/// A learner has moved to a newer version of a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressUpgraded {
    /// The enrollment.
    pub enrollment_id: EnrollmentId,
    /// Who.
    pub learner_id: UserId,
    /// In which course.
    pub course_id: CourseId,
    /// The course's title, for messages.
    pub course_title: String,
    /// The published version that the learner is on from now.
    pub version: i64,
}

/// A course has a newer version than the one that a learner is on, or was on until they were moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressVersionAvailable {
    /// The enrollment.
    pub enrollment_id: EnrollmentId,
    /// Who.
    pub learner_id: UserId,
    /// Of which course.
    pub course_id: CourseId,
    /// The course's title, for messages.
    pub course_title: String,
    /// The version that the learner is on.
    pub version: i64,
    /// The newest version.
    pub newest_version: i64,
    /// Whether the staff of the course has moved the learner to it, from the version above.
    #[serde(default)]
    pub moved: bool,
    /// What is new, in the author's words.
    pub change_notes: String,
}

/// A learner has left a course, was removed from it, or has reached the end of their time in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressUnenrolled {
    /// The enrollment.
    pub enrollment_id: EnrollmentId,
    /// Who.
    pub learner_id: UserId,
    /// Which course.
    pub course_id: CourseId,
    /// Whether the staff has removed them or their time is over, so that no invitation lets them in until they are enrolled
    /// again.
    pub barred: bool,
}

/// The staff of a course has taken a learner out of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressLearnerRemoved {
    /// The enrollment.
    pub enrollment_id: EnrollmentId,
    /// Who.
    pub learner_id: UserId,
    /// Out of which course.
    pub course_id: CourseId,
    /// The course's title, for messages.
    pub course_title: String,
}

/// The time for which a learner may learn in a course ends soon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressEnrollmentExpiring {
    /// The enrollment.
    pub enrollment_id: EnrollmentId,
    /// Who.
    pub learner_id: UserId,
    /// In which course.
    pub course_id: CourseId,
    /// The course's title, for messages.
    pub course_title: String,
    /// When it ends.
    pub access_until: DateTime<Utc>,
}

/// The time for which a learner may learn in a course is over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressEnrollmentExpired {
    /// The enrollment.
    pub enrollment_id: EnrollmentId,
    /// Who.
    pub learner_id: UserId,
    /// In which course.
    pub course_id: CourseId,
    /// The course's title, for messages.
    pub course_title: String,
}

/// A learner has begun their first lesson of a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressCourseStarted {
    /// The enrollment.
    pub enrollment_id: EnrollmentId,
    /// Who.
    pub learner_id: UserId,
    /// Which course.
    pub course_id: CourseId,
}

/// A learner has opened a lesson for the first time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressLessonStarted {
    /// The enrollment.
    pub enrollment_id: EnrollmentId,
    /// Who.
    pub learner_id: UserId,
    /// Which lesson.
    pub lesson_id: LessonId,
}

/// The counts of an enrollment have changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressUpdated {
    /// The enrollment.
    pub enrollment_id: EnrollmentId,
    /// Who.
    pub learner_id: UserId,
    /// Which course.
    pub course_id: CourseId,
    /// Completed lessons.
    pub done: i32,
    /// Lessons of the learner's version.
    pub total: i32,
}

/// A learner has completed a lesson.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressLessonCompleted {
    /// The enrollment.
    pub enrollment_id: EnrollmentId,
    /// Who.
    pub learner_id: UserId,
    /// Which course.
    pub course_id: CourseId,
    /// Which lesson.
    pub lesson_id: LessonId,
    /// When.
    pub completed_at: DateTime<Utc>,
}

/// A learner has completed a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressCourseCompleted {
    /// The enrollment.
    pub enrollment_id: EnrollmentId,
    /// Who.
    pub learner_id: UserId,
    /// Which course.
    pub course_id: CourseId,
    /// The course's title, for messages.
    pub course_title: String,
    /// When.
    pub completed_at: DateTime<Utc>,
    /// The number of the certificate, which anybody can check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate_code: Option<String>,
}

/// A learner has earned an achievement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressAchievementUnlocked {
    /// Who.
    pub learner_id: UserId,
    /// What.
    pub achievement_id: AchievementId,
    /// Its name, for messages.
    pub name: String,
    /// What it was given for, for messages.
    pub description: String,
    /// The points that it brings.
    pub points: i32,
    /// When.
    pub unlocked_at: DateTime<Utc>,
}

/// A learner was active on one more day in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressStreakExtended {
    /// Who.
    pub learner_id: UserId,
    /// Days in a row, today included.
    pub days: i32,
    /// Today, in the learner's own time zone.
    pub day: NaiveDate,
}

/// A learner has come back after a gap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressStreakBroken {
    /// Who.
    pub learner_id: UserId,
    /// How long the streak was.
    pub days: i32,
}

impl Event for ProgressEnrolled {
    const TYPE: &'static str = "progress.enrolled.v1";
    const AGGREGATE: &'static str = "learner";
    fn subject(&self) -> String {
        self.learner_id.to_string()
    }
}

impl Event for ProgressVersionAvailable {
    const TYPE: &'static str = "progress.version_available.v1";
    const AGGREGATE: &'static str = "enrollment";
    fn subject(&self) -> String {
        self.enrollment_id.to_string()
    }
}

impl Event for ProgressUpgraded {
    const TYPE: &'static str = "progress.upgraded.v1";
    const AGGREGATE: &'static str = "learner";
    fn subject(&self) -> String {
        self.learner_id.to_string()
    }
}

impl Event for ProgressUnenrolled {
    const TYPE: &'static str = "progress.unenrolled.v1";
    const AGGREGATE: &'static str = "learner";
    fn subject(&self) -> String {
        self.learner_id.to_string()
    }
}

impl Event for ProgressLearnerRemoved {
    const TYPE: &'static str = "progress.learner_removed.v1";
    const AGGREGATE: &'static str = "learner";
    fn subject(&self) -> String {
        self.learner_id.to_string()
    }
}

impl Event for ProgressEnrollmentExpiring {
    const TYPE: &'static str = "progress.enrollment_expiring.v1";
    const AGGREGATE: &'static str = "enrollment";
    fn subject(&self) -> String {
        self.enrollment_id.to_string()
    }
}

impl Event for ProgressEnrollmentExpired {
    const TYPE: &'static str = "progress.enrollment_expired.v1";
    const AGGREGATE: &'static str = "learner";
    fn subject(&self) -> String {
        self.learner_id.to_string()
    }
}

impl Event for ProgressCourseStarted {
    const TYPE: &'static str = "progress.course_started.v1";
    const AGGREGATE: &'static str = "learner";
    fn subject(&self) -> String {
        self.learner_id.to_string()
    }
}

impl Event for ProgressLessonStarted {
    const TYPE: &'static str = "progress.lesson_started.v1";
    const AGGREGATE: &'static str = "learner";
    fn subject(&self) -> String {
        self.learner_id.to_string()
    }
}

impl Event for ProgressUpdated {
    const TYPE: &'static str = "progress.updated.v1";
    const AGGREGATE: &'static str = "learner";
    fn subject(&self) -> String {
        self.learner_id.to_string()
    }
}

impl Event for ProgressLessonCompleted {
    const TYPE: &'static str = "progress.lesson_completed.v1";
    const AGGREGATE: &'static str = "learner";
    fn subject(&self) -> String {
        self.learner_id.to_string()
    }
}

impl Event for ProgressCourseCompleted {
    const TYPE: &'static str = "progress.course_completed.v1";
    const AGGREGATE: &'static str = "learner";
    fn subject(&self) -> String {
        self.learner_id.to_string()
    }
}

impl Event for ProgressAchievementUnlocked {
    const TYPE: &'static str = "progress.achievement_unlocked.v1";
    const AGGREGATE: &'static str = "learner";
    fn subject(&self) -> String {
        self.learner_id.to_string()
    }
}

impl Event for ProgressStreakExtended {
    const TYPE: &'static str = "progress.streak_extended.v1";
    const AGGREGATE: &'static str = "learner";
    fn subject(&self) -> String {
        self.learner_id.to_string()
    }
}

impl Event for ProgressStreakBroken {
    const TYPE: &'static str = "progress.streak_broken.v1";
    const AGGREGATE: &'static str = "learner";
    fn subject(&self) -> String {
        self.learner_id.to_string()
    }
}
