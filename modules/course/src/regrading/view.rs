//! What is shown of regrades.

use chrono::{DateTime, Utc};
use kernel::{CourseId, ExerciseId, RegradeId, SubmissionId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store::changes::{ChangeRecord, ChangeState};
use super::store::regrades::{RegradeRecord, RegradeState};

/// A regrade of an exercise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Regrade)]
pub(crate) struct RegradeView {
    /// The id of the regrade.
    pub(crate) id: RegradeId,
    /// The course.
    pub(crate) course_id: CourseId,
    /// The exercise.
    pub(crate) exercise_id: ExerciseId,
    /// The version whose correct answers are taken.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
    /// Why.
    #[schema(max_length = 300)]
    pub(crate) reason: String,
    /// How far it is.
    pub(crate) state: RegradeState,
    /// How many answers were looked at.
    #[schema(minimum = 0)]
    pub(crate) checked: i32,
    /// How many of them get a better grade.
    #[schema(minimum = 0)]
    pub(crate) raised: i32,
    /// How many of them pass by it.
    #[schema(minimum = 0)]
    pub(crate) newly_passed: i32,
    /// How many would get a worse grade, and keep theirs.
    #[schema(minimum = 0)]
    pub(crate) kept: i32,
    /// How many answer another prompt or kind of question than that of the version, were not answered, or were graded by
    /// the staff.
    #[schema(minimum = 0)]
    pub(crate) not_applicable: i32,
    /// How many have their new grade.
    #[schema(minimum = 0)]
    pub(crate) applied: i32,
    /// How many were graded otherwise since they were checked, or are gone.
    #[schema(minimum = 0)]
    pub(crate) skipped: i32,
    /// Who requested it; absent when their account is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) requested_by: Option<UserId>,
    /// When it was requested.
    pub(crate) requested_at: DateTime<Utc>,
    /// When the last answer got its new grade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) finished_at: Option<DateTime<Utc>>,
}

impl From<RegradeRecord> for RegradeView {
    fn from(regrade: RegradeRecord) -> Self {
        let counts = regrade.counts;
        Self {
            id: regrade.id,
            course_id: regrade.course_id,
            exercise_id: regrade.exercise_id,
            version: regrade.number,
            reason: regrade.reason,
            state: regrade.state,
            checked: counts.checked,
            raised: counts.raised,
            newly_passed: counts.passed,
            kept: counts.lower,
            not_applicable: counts.not_applicable,
            applied: counts.applied,
            skipped: counts.skipped,
            requested_by: regrade.requested_by,
            requested_at: regrade.requested_at,
            finished_at: regrade.finished_at,
        }
    }
}

/// What a regrade changes of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct RegradeChange {
    /// The answer.
    pub(crate) submission_id: SubmissionId,
    /// Who gave it.
    pub(crate) learner_id: UserId,
    /// Their display name; absent when it is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    pub(crate) learner_name: Option<String>,
    /// The number of the attempt.
    #[schema(minimum = 1)]
    pub(crate) attempt: i32,
    /// The points before.
    #[schema(minimum = 0)]
    pub(crate) old_score: i32,
    /// The points after.
    #[schema(minimum = 0)]
    pub(crate) score: i32,
    /// How much was right before.
    #[schema(minimum = 0, maximum = 100)]
    pub(crate) old_percent: i32,
    /// How much is right now.
    #[schema(minimum = 0, maximum = 100)]
    pub(crate) percent: i32,
    /// Whether it had passed.
    pub(crate) old_passed: bool,
    /// Whether it passes.
    pub(crate) passed: bool,
    /// Whether the answer has its new grade.
    pub(crate) state: ChangeState,
}

impl From<ChangeRecord> for RegradeChange {
    fn from(change: ChangeRecord) -> Self {
        Self {
            submission_id: change.submission_id,
            learner_id: change.learner_id,
            learner_name: None,
            attempt: change.attempt,
            old_score: change.old_score,
            score: change.score,
            old_percent: change.old_percent,
            percent: change.percent,
            old_passed: change.old_passed,
            passed: change.passed,
            state: change.state,
        }
    }
}
