//! Graded answers.

use chrono::{DateTime, Utc};
use kernel::{CourseId, ExerciseId, LessonId, SubmissionId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store::{SubmissionHead, SubmissionRecord};
use crate::domain::{Answer, ExerciseBody};

/// Where a learner stands with an exercise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    /// How often they may still answer; `None` when there is no limit.
    pub(crate) attempts_left: Option<i32>,
    /// Whether they have passed, or have no attempt left.
    pub(crate) is_over: bool,
}

/// A graded answer in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct SubmissionSummary {
    /// The submission; `GET /submissions/{submission}` shows the answer and the explanation.
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
    /// The number of the attempt of this learner, from 1.
    #[schema(minimum = 1)]
    pub(crate) attempt: i32,
    /// The points given.
    #[schema(minimum = 0, maximum = 1000)]
    pub(crate) score: i32,
    /// The points of a perfect answer.
    #[schema(minimum = 1, maximum = 1000)]
    pub(crate) max_score: i32,
    /// How much of the answer is right, rounded down; with at least the `pass_percent` of the exercise it passes.
    #[schema(minimum = 0, maximum = 100)]
    pub(crate) percent: i32,
    /// Whether the pass mark was reached.
    pub(crate) passed: bool,
    /// Whether the learner was not enrolled in this version when they answered: it counts once they are enrolled in
    /// it or a newer one.
    pub(crate) practice: bool,
    /// What the score means.
    #[schema(max_length = 1000)]
    pub(crate) feedback: String,
    /// When it was graded.
    pub(crate) created_at: DateTime<Utc>,
}

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
    /// The number of the attempt of this learner, from 1.
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
    /// How much of the answer is right, rounded down; with at least the `pass_percent` of the exercise it passes.
    #[schema(minimum = 0, maximum = 100)]
    pub(crate) percent: i32,
    /// Whether the pass mark was reached.
    pub(crate) passed: bool,
    /// Whether the learner was not enrolled in this version when they answered: it counts once they are enrolled in
    /// it or a newer one.
    pub(crate) practice: bool,
    /// What the score means.
    #[schema(max_length = 1000)]
    pub(crate) feedback: String,
    /// Why the answer is what it is; present once the learner has passed the exercise, or has no attempt left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 20000)]
    pub(crate) explanation: Option<String>,
    /// When it was graded.
    pub(crate) created_at: DateTime<Utc>,
}

impl From<SubmissionHead> for SubmissionSummary {
    fn from(submission: SubmissionHead) -> Self {
        Self {
            id: submission.id,
            exercise_id: submission.exercise_id,
            lesson_id: submission.lesson_id,
            course_id: submission.course_id,
            version: submission.number,
            learner_id: submission.learner_id,
            attempt: submission.attempt,
            score: submission.score,
            max_score: submission.max_score,
            percent: submission.percent,
            passed: submission.passed,
            practice: submission.practice,
            feedback: submission.feedback,
            created_at: submission.created_at,
        }
    }
}

impl SubmissionView {
    pub(crate) fn new(
        submission: SubmissionRecord,
        asked: Option<&ExerciseBody>,
        standing: Standing,
    ) -> Self {
        let attempts_left = standing.attempts_left;
        Self {
            id: submission.id,
            exercise_id: submission.exercise_id,
            lesson_id: submission.lesson_id,
            course_id: submission.course_id,
            version: submission.number,
            learner_id: submission.learner_id,
            attempt: submission.attempt,
            attempts_left,
            answer: submission.answer,
            score: submission.score,
            max_score: submission.max_score,
            percent: submission.percent,
            passed: submission.passed,
            practice: submission.practice,
            feedback: submission.feedback,
            // Before that, the explanation would be the answer.
            explanation: asked
                .and_then(|body| body.explanation.clone())
                .filter(|_| standing.is_over),
            created_at: submission.created_at,
        }
    }
}
