//! Answers with their grades.

use chrono::{DateTime, Utc};
use kernel::{CourseId, ExerciseId, LessonId, SubmissionId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::store::{OpenAttempt, SubmissionHead, SubmissionRecord};
use crate::domain::question::{OptionFeedback, feedback};
use crate::domain::{Answer, ExerciseBody, Ids, Question, SubmissionState, schema};

/// Where a learner stands with an exercise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    /// How often they may still answer; `None` when there is no limit.
    pub(crate) attempts_left: Option<i32>,
    /// Whether they have passed, or have no attempt left.
    pub(crate) is_over: bool,
}

/// An answer in a list.
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
    /// Their name, for the staff; absent while it is not available.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    pub(crate) learner_name: Option<String>,
    /// The number of the attempt of this learner, from 1.
    #[schema(minimum = 1)]
    pub(crate) attempt: i32,
    /// Whether it has its grade: what a machine can grade has it at once.
    pub(crate) state: SubmissionState,
    /// The points given; absent until it is graded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 1000)]
    pub(crate) score: Option<i32>,
    /// The points of a perfect answer.
    #[schema(minimum = 1, maximum = 1000)]
    pub(crate) max_score: i32,
    /// How much of the answer is right, rounded down; with at least the `pass_percent` of the exercise it passes.
    /// Absent until it is graded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 100)]
    pub(crate) percent: Option<i32>,
    /// Whether the pass mark was reached; absent until it is graded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) passed: Option<bool>,
    /// Whether the learner was not enrolled in this version when they answered: it counts once they are enrolled in
    /// it or a newer one, but not if it was older than theirs, or than the newest of a course without them.
    pub(crate) practice: bool,
    /// What the score means.
    #[schema(max_length = 1000)]
    pub(crate) feedback: String,
    /// When it was handed in.
    pub(crate) created_at: DateTime<Utc>,
    /// When it was graded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) graded_at: Option<DateTime<Utc>>,
    /// Who of the staff is about to grade it, for the staff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) claimed_by: Option<UserId>,
}

/// An answer, and its grade once it has one.
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
    /// Their name, for the staff; absent while it is not available.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 200)]
    pub(crate) learner_name: Option<String>,
    /// The number of the attempt of this learner, from 1.
    #[schema(minimum = 1)]
    pub(crate) attempt: i32,
    /// How often they may still answer; absent when there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 100)]
    pub(crate) attempts_left: Option<i32>,
    /// What was asked, in Markdown; present where it changes with each attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 20000)]
    pub(crate) prompt: Option<String>,
    /// The answer; absent when the time was over before anything was saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) answer: Option<Answer>,
    /// The answer in words, for the staff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 40000)]
    pub(crate) answer_text: Option<String>,
    /// Whether it has its grade: what a machine can grade has it at once.
    pub(crate) state: SubmissionState,
    /// The points given; absent until it is graded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 1000)]
    pub(crate) score: Option<i32>,
    /// The points of a perfect answer.
    #[schema(minimum = 1, maximum = 1000)]
    pub(crate) max_score: i32,
    /// How much of the answer is right, rounded down; with at least the `pass_percent` of the exercise it passes.
    /// Absent until it is graded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 100)]
    pub(crate) percent: Option<i32>,
    /// Whether the pass mark was reached; absent until it is graded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) passed: Option<bool>,
    /// Whether the learner was not enrolled in this version when they answered: it counts once they are enrolled in
    /// it or a newer one, but not if it was older than theirs, or than the newest of a course without them.
    pub(crate) practice: bool,
    /// What the score means.
    #[schema(max_length = 1000)]
    pub(crate) feedback: String,
    /// What the author says of the options that were chosen; of a multiple choice, once the explanation is open.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 12, required = false)]
    pub(crate) option_feedback: Vec<OptionFeedback>,
    /// The points for each criterion of the rubric, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::criteria, required = false)]
    pub(crate) criteria: Option<Vec<i32>>,
    /// What the staff says of it, in Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 10000)]
    pub(crate) comment: Option<String>,
    /// Who of the staff graded it, for the staff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) graded_by: Option<UserId>,
    /// Why the answer is what it is; present once the learner has passed the exercise, or has no attempt left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 20000)]
    pub(crate) explanation: Option<String>,
    /// The explanation as sanitized HTML; present with `format=html`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 1000000)]
    pub(crate) explanation_html: Option<String>,
    /// The comment as sanitized HTML; present with `format=html`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 1000000)]
    pub(crate) comment_html: Option<String>,
    /// When it was handed in.
    pub(crate) created_at: DateTime<Utc>,
    /// When it was graded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) graded_at: Option<DateTime<Utc>>,
    /// Who of the staff is about to grade it, for the staff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) claimed_by: Option<UserId>,
}

/// An attempt that was begun and not handed in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct AttemptView {
    /// The exercise.
    pub(crate) exercise_id: ExerciseId,
    /// Its course.
    pub(crate) course_id: CourseId,
    /// The published version that it answers.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
    /// Its number, from 1.
    #[schema(minimum = 1)]
    pub(crate) attempt: i32,
    /// When it was begun.
    pub(crate) started_at: DateTime<Utc>,
    /// When its time is over, and what was saved is handed in; absent when its time is not limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) expires_at: Option<DateTime<Utc>>,
    /// What was saved of the answer so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) answer: Option<Answer>,
    /// When it was saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) saved_at: Option<DateTime<Utc>>,
}

impl From<OpenAttempt> for AttemptView {
    fn from(open: OpenAttempt) -> Self {
        Self {
            exercise_id: open.exercise_id,
            course_id: open.course_id,
            version: open.number,
            attempt: open.attempt,
            started_at: open.started_at,
            expires_at: open.expires_at,
            answer: open.answer,
            saved_at: open.saved_at,
        }
    }
}

impl From<SubmissionHead> for SubmissionSummary {
    fn from(submission: SubmissionHead) -> Self {
        let graded = submission.state == SubmissionState::Graded;
        Self {
            id: submission.id,
            exercise_id: submission.exercise_id,
            lesson_id: submission.lesson_id,
            course_id: submission.course_id,
            version: submission.number,
            learner_id: submission.learner_id,
            learner_name: None,
            attempt: submission.attempt,
            state: submission.state,
            score: graded.then_some(submission.score),
            max_score: submission.max_score,
            percent: graded.then_some(submission.percent),
            passed: graded.then_some(submission.passed),
            practice: submission.practice,
            feedback: submission.feedback,
            created_at: submission.created_at,
            graded_at: submission.graded_at,
            claimed_by: None,
        }
    }
}

impl SubmissionView {
    /// What the learner sees of their answer.
    pub(crate) fn new(
        submission: SubmissionRecord,
        asked: Option<&ExerciseBody>,
        ids: Ids<'_>,
        standing: Standing,
    ) -> Self {
        let graded = submission.state == SubmissionState::Graded;
        // Whoever chooses all options of several would read the answer in what is said of them.
        let said = asked
            .filter(|body| {
                standing.is_over || !matches!(body.question, Question::MultipleChoice(_))
            })
            .zip(submission.answer.as_ref())
            .map(|(body, answer)| feedback(&body.question, answer, ids));
        Self {
            id: submission.id,
            exercise_id: submission.exercise_id,
            lesson_id: submission.lesson_id,
            course_id: submission.course_id,
            version: submission.number,
            learner_id: submission.learner_id,
            learner_name: None,
            attempt: submission.attempt,
            attempts_left: standing.attempts_left,
            prompt: None,
            answer: submission.answer,
            answer_text: None,
            state: submission.state,
            score: graded.then_some(submission.score),
            max_score: submission.max_score,
            percent: graded.then_some(submission.percent),
            passed: graded.then_some(submission.passed),
            practice: submission.practice,
            feedback: submission.feedback,
            option_feedback: said.unwrap_or_default(),
            criteria: submission.criteria,
            comment: submission.comment,
            graded_by: None,
            // Before that, the explanation would be the answer.
            explanation: asked
                .and_then(|body| body.explanation.clone())
                .filter(|_| standing.is_over),
            explanation_html: None,
            comment_html: None,
            created_at: submission.created_at,
            graded_at: submission.graded_at,
            claimed_by: None,
        }
    }
}

/// What is answered wrongly most.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ExerciseMistakes {
    /// The exercise.
    pub(crate) exercise_id: ExerciseId,
    /// The most frequent first.
    #[schema(max_items = 10)]
    pub(crate) mistakes: Vec<Mistake>,
}

/// An answer that did not pass.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ExerciseMistake)]
pub(crate) struct Mistake {
    /// What was answered.
    pub(crate) answer: Answer,
    /// How often.
    #[schema(minimum = 1, maximum = 2000, example = 12)]
    pub(crate) count: i64,
}
