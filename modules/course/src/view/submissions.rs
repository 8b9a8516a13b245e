//! Graded answers as the API shows them.

use chrono::{DateTime, Utc};
use kernel::{CourseId, ExerciseId, LessonId, SubmissionId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::question::Answer;

/// A graded answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct SubmissionView {
    /// The submission.
    pub(crate) id: SubmissionId,
    /// The exercise.
    pub(crate) exercise_id: ExerciseId,
    /// Its lesson.
    pub(crate) lesson_id: LessonId,
    /// Its course.
    pub(crate) course_id: CourseId,
    /// The published version that was answered.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
    /// Who answered.
    pub(crate) learner_id: UserId,
    /// Which try of this learner it was.
    #[schema(minimum = 1)]
    pub(crate) attempt: i32,
    /// How often they may still answer; absent when there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 100)]
    pub(crate) attempts_left: Option<i32>,
    /// The answer.
    pub(crate) answer: Answer,
    /// The points given.
    #[schema(minimum = 0, maximum = 1000)]
    pub(crate) score: i32,
    /// The points of a perfect answer.
    #[schema(minimum = 1, maximum = 1000)]
    pub(crate) max_score: i32,
    /// Whether the pass mark was reached.
    pub(crate) passed: bool,
    /// What the score means.
    #[schema(max_length = 1000)]
    pub(crate) feedback: String,
    /// Why the answer is what it is; absent while another attempt of a limited number is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 20000)]
    pub(crate) explanation: Option<String>,
    /// When it was graded.
    pub(crate) created_at: DateTime<Utc>,
}
