//! Exercises as they are read: whole for the staff, without their answers for learners.

use chrono::{DateTime, Utc};
use kernel::{CourseId, ExerciseId, LessonId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::authoring::ExerciseDetail;
use crate::domain::{Task, schema};

/// An exercise: as the staff edits it, or as learners get it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum ExerciseView {
    /// For the staff, with `draft=true`.
    Staff(Box<ExerciseDetail>),
    /// For learners.
    Learner(Box<ExerciseForLearner>),
}

impl From<ExerciseForLearner> for ExerciseView {
    fn from(exercise: ExerciseForLearner) -> Self {
        Self::Learner(Box::new(exercise))
    }
}

/// An exercise without anything that gives its answer away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ExerciseForLearner {
    /// The exercise.
    pub(crate) id: ExerciseId,
    /// Its lesson.
    pub(crate) lesson_id: LessonId,
    /// Its course.
    pub(crate) course_id: CourseId,
    /// The published version that it belongs to.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
    /// Its position in the lesson; only the order matters.
    #[schema(minimum = 1)]
    pub(crate) position: i32,
    /// Its title.
    #[schema(max_length = 200)]
    pub(crate) title: String,
    /// What is asked, in Markdown. Where the time is limited, it is absent until you start an attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 20000)]
    pub(crate) prompt: Option<String>,
    /// What is asked, as sanitized HTML; present with `format=html`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 1000000)]
    pub(crate) prompt_html: Option<String>,
    /// The points of a perfect answer.
    #[schema(minimum = 1, maximum = 1000)]
    pub(crate) points: i32,
    /// The percentage of an answer that must be right to pass.
    #[schema(minimum = 1, maximum = 100)]
    pub(crate) pass_percent: i32,
    /// How many hints there are.
    #[schema(minimum = 0, maximum = 5)]
    pub(crate) hints: i32,
    /// The percentage of the points that each hint costs; absent when hints are free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 100)]
    pub(crate) hint_cost_percent: Option<i32>,
    /// The numbers of the hints that you have taken, where they cost points.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(schema_with = schema::hint_numbers, required = false)]
    pub(crate) taken_hints: Vec<i32>,
    /// How often you may still answer; absent when there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 100)]
    pub(crate) attempts_left: Option<i32>,
    /// The percentage of the points that an attempt after the first gives; absent where attempts are limited, or
    /// the staff grades them, and each can give all points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 100)]
    pub(crate) retry_percent: Option<i32>,
    /// The number of the attempt that the task is of; present where it changes with each attempt, and then to be
    /// sent with the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub(crate) attempt: Option<i32>,
    /// How many minutes an attempt may take, by the clock of the server; absent when its time is not limited.
    /// `POST /exercises/{exercise}/attempts` starts one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 1440)]
    pub(crate) time_limit_minutes: Option<i32>,
    /// When the time of the attempt that you have started is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) expires_at: Option<DateTime<Utc>>,
    /// How many minutes to wait between attempts; absent when you need not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 10080)]
    pub(crate) cooldown_minutes: Option<i32>,
    /// When you may answer again; absent when you may now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) opens_at: Option<DateTime<Utc>>,
    /// The question. Where the time is limited, it is absent until you start an attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) task: Option<Task>,
}

/// A hint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct HintView {
    /// Which one it is, from 1.
    #[schema(minimum = 1, maximum = 5)]
    pub(crate) number: i32,
    /// How many there are.
    #[schema(minimum = 1, maximum = 5)]
    pub(crate) of: i32,
    /// What it says, in Markdown.
    #[schema(max_length = 2000)]
    pub(crate) text: String,
    /// The same as sanitized HTML; present with `format=html`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 1000000)]
    pub(crate) text_html: Option<String>,
}
