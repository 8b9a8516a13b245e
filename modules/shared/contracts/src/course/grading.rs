//! The events of answers that were graded.

use chrono::{DateTime, Utc};
use kernel::{CourseId, Event, ExerciseId, LessonId, SubmissionId, UserId};
use serde::{Deserialize, Serialize};

/// An answer was handed in that waits for the staff to grade it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExerciseSubmissionQueued {
    /// The answer.
    pub submission_id: SubmissionId,
    /// The exercise.
    pub exercise_id: ExerciseId,
    /// Its lesson.
    pub lesson_id: LessonId,
    /// Its course.
    pub course_id: CourseId,
    /// The published version that was answered.
    pub version: i64,
    /// Who answered.
    pub learner_id: UserId,
    /// Which try of this learner it was, from 1.
    pub attempt: i32,
    /// When it was handed in.
    pub queued_at: DateTime<Utc>,
}

/// An answer was graded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExerciseSubmissionGraded {
    /// The answer.
    pub submission_id: SubmissionId,
    /// The exercise.
    pub exercise_id: ExerciseId,
    /// Its lesson.
    pub lesson_id: LessonId,
    /// Its course.
    pub course_id: CourseId,
    /// The published version that was answered.
    pub version: i64,
    /// Who answered.
    pub learner_id: UserId,
    /// Which try of this learner it was, from 1.
    pub attempt: i32,
    /// Points given, 0 to `max_score`.
    pub score: i32,
    /// Points of a perfect answer.
    pub max_score: i32,
    /// Whether the pass mark was reached.
    pub passed: bool,
    /// Whether, as far as the course module had heard, the learner was not enrolled in this version.
    pub practice: bool,
    /// When it was graded.
    pub graded_at: DateTime<Utc>,
}

/// The staff of a course has graded an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExerciseSubmissionReviewed {
    /// The answer.
    pub submission_id: SubmissionId,
    /// Its course.
    pub course_id: CourseId,
    /// The exercise.
    pub exercise_id: ExerciseId,
    /// Who answered.
    pub learner_id: UserId,
    /// The title of the course.
    pub course_title: String,
    /// The title of the exercise.
    pub exercise_title: String,
    /// Points given, 0 to `max_score`.
    pub score: i32,
    /// Points of a perfect answer.
    pub max_score: i32,
    /// Whether the pass mark was reached.
    pub passed: bool,
    /// When it was graded.
    pub reviewed_at: DateTime<Utc>,
}

impl Event for ExerciseSubmissionQueued {
    const TYPE: &'static str = "exercise.submission_queued.v1";
    const AGGREGATE: &'static str = "submission";
    fn subject(&self) -> String {
        self.submission_id.to_string()
    }
}

impl Event for ExerciseSubmissionGraded {
    const TYPE: &'static str = "exercise.submission_graded.v1";
    const AGGREGATE: &'static str = "submission";
    fn subject(&self) -> String {
        self.submission_id.to_string()
    }
}

impl Event for ExerciseSubmissionReviewed {
    const TYPE: &'static str = "exercise.submission_reviewed.v1";
    const AGGREGATE: &'static str = "submission";
    fn subject(&self) -> String {
        self.submission_id.to_string()
    }
}
