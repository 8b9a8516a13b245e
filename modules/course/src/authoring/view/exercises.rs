//! Exercises with their answers.

use kernel::{CourseId, ExerciseId, LessonId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::authoring::store::ExerciseRecord;
use crate::domain::{Question, Variant, schema};

/// An exercise with its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ExerciseDetail {
    /// The exercise.
    pub(crate) id: ExerciseId,
    /// Its lesson.
    pub(crate) lesson_id: LessonId,
    /// Its course.
    pub(crate) course_id: CourseId,
    /// Its position in the lesson; only the order matters.
    #[schema(minimum = 1)]
    pub(crate) position: i32,
    /// Its key in the files of the course.
    #[schema(max_length = 80)]
    pub(crate) key: String,
    /// Its title.
    #[schema(max_length = 200)]
    pub(crate) title: String,
    /// The question, in Markdown.
    #[schema(max_length = 20000)]
    pub(crate) prompt: String,
    /// The points of a perfect answer.
    #[schema(minimum = 1, maximum = 1000)]
    pub(crate) points: i32,
    /// Hints, from general to specific.
    #[schema(schema_with = schema::hints)]
    pub(crate) hints: Vec<String>,
    /// The percentage of the points that each hint costs; absent when hints are free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 100)]
    pub(crate) hint_cost_percent: Option<i32>,
    /// Why the answer is what it is, in Markdown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 20000)]
    pub(crate) explanation: Option<String>,
    /// The share of the points that is needed to pass.
    #[schema(minimum = 1, maximum = 100)]
    pub(crate) pass_percent: i32,
    /// How often a learner may answer; absent when there is no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 100)]
    pub(crate) attempts: Option<i32>,
    /// How many minutes an attempt may take; absent when its time is not limited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 1440)]
    pub(crate) time_limit_minutes: Option<i32>,
    /// How many minutes a learner has to wait between attempts; absent when they need not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 10080)]
    pub(crate) cooldown_minutes: Option<i32>,
    /// The question with its answer.
    pub(crate) question: Question,
    /// What may be asked in the place of prompt and question.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20, required = false)]
    pub(crate) variants: Vec<Variant>,
    /// The objectives of the lesson that it tests, by their numbers from 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(schema_with = schema::objective_numbers, required = false)]
    pub(crate) objectives: Vec<i32>,
    /// Its ETag.
    #[schema(minimum = 1)]
    pub(crate) version: i64,
}

impl From<ExerciseRecord> for ExerciseDetail {
    fn from(exercise: ExerciseRecord) -> Self {
        let body = exercise.body;
        Self {
            id: exercise.id,
            lesson_id: exercise.lesson_id,
            course_id: exercise.course_id,
            position: exercise.position,
            key: exercise.key,
            title: body.title,
            prompt: body.prompt,
            points: body.points,
            hints: body.hints,
            hint_cost_percent: body.hint_cost,
            explanation: body.explanation,
            pass_percent: body.pass_percent,
            attempts: body.attempts,
            time_limit_minutes: body.time_limit,
            cooldown_minutes: body.cooldown,
            question: body.question,
            variants: body.variants,
            objectives: body.objectives,
            version: exercise.version,
        }
    }
}
