//! The requests that create and change exercises.

use kernel::LessonId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::set;
use crate::domain::{ExerciseBody, Question, Variant, schema};
use crate::markdown::{self, Texts};

/// A new exercise, after the others of its lesson.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "title": "The zero value of a slice",
    "prompt": "What is the zero value of `[]int`?",
    "points": 10,
    "hints": ["Think of a slice that points to nothing."],
    "explanation": "A slice that was never set is `nil`.",
    "question": {
        "kind": "single_choice",
        "options": [{ "text": "`nil`", "correct": true }, { "text": "`[]int{0}`" }],
    },
}))]
pub(crate) struct CreateExercise {
    /// Its key in the files of the course; made from the title when absent.
    #[serde(default)]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 80,
        pattern = "^[a-z0-9]+(-[a-z0-9]+)*$"
    )]
    key: Option<String>,
    /// Its title.
    #[schema(min_length = 1, max_length = 200, format = "line")]
    title: String,
    /// The question, in Markdown.
    #[schema(min_length = 1, max_length = 20000)]
    prompt: String,
    /// The points of a perfect answer.
    #[schema(minimum = 1, maximum = 1000)]
    points: i32,
    /// Hints, from general to specific.
    #[serde(default)]
    #[schema(schema_with = schema::hints, required = false)]
    hints: Vec<String>,
    /// The percentage of the points that each hint costs; absent when hints are free. What the staff grades costs
    /// nothing.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100)]
    hint_cost_percent: Option<i32>,
    /// Why the answer is what it is, in Markdown.
    #[serde(default)]
    #[schema(nullable = false, max_length = 20000)]
    explanation: Option<String>,
    /// The percentage of an answer that must be right to pass.
    #[serde(default = "all")]
    #[schema(minimum = 1, maximum = 100, default = 100)]
    pass_percent: i32,
    /// How often a learner may answer; absent when there is no limit.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100)]
    attempts: Option<i32>,
    /// How many minutes an attempt may take, by the clock of the server; absent when its time is not limited.
    /// Learners see the prompt and the task only once they have begun an attempt.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 1440)]
    time_limit_minutes: Option<i32>,
    /// How many minutes a learner has to wait between attempts; absent when they need not.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 10080)]
    cooldown_minutes: Option<i32>,
    /// The question with its answer.
    question: Question,
    /// What may be asked in the place of prompt and question: each attempt draws one of all, by chance.
    #[serde(default)]
    #[schema(max_items = 20)]
    variants: Vec<Variant>,
    /// The objectives of the lesson that it tests, by their numbers from 1.
    #[serde(default)]
    #[schema(schema_with = schema::objective_numbers, required = false)]
    objectives: Vec<i32>,
    /// Its position in the lesson, from 1; the last one when absent.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 1000)]
    pub(crate) position: Option<i32>,
}

fn all() -> i32 {
    100
}

impl CreateExercise {
    pub(crate) fn markdown(&self) -> Texts {
        markdown::of_exercise(
            Some(&self.prompt),
            Some(&self.hints),
            self.explanation.as_ref(),
            Some(&self.question),
            Some(&self.variants),
        )
    }

    pub(crate) fn into_parts(self) -> (Option<String>, ExerciseBody) {
        let body = ExerciseBody {
            title: self.title,
            prompt: self.prompt,
            points: self.points,
            hints: self.hints,
            hint_cost: self.hint_cost_percent,
            explanation: self.explanation,
            pass_percent: self.pass_percent,
            attempts: self.attempts,
            time_limit: self.time_limit_minutes,
            cooldown: self.cooldown_minutes,
            question: self.question,
            variants: self.variants,
            objectives: self.objectives,
        };
        (self.key, body)
    }
}

/// A change of an exercise; absent fields stay as they are.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "points": 12 }))]
#[schema(as = UpdateExercise)]
pub(crate) struct ChangeExercise {
    /// The lesson of the same course to move it to, behind the exercises there.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(crate) lesson_id: Option<LessonId>,
    /// Its title.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 200, format = "line")]
    title: Option<String>,
    /// The question, in Markdown.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 20000)]
    prompt: Option<String>,
    /// The points of a perfect answer.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 1000)]
    points: Option<i32>,
    /// Hints; replaces all of them.
    #[serde(default)]
    #[schema(schema_with = schema::hints, required = false)]
    hints: Option<Vec<String>>,
    /// The percentage of the points that each hint costs; null makes them free.
    #[serde(default, deserialize_with = "rest::present")]
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 100)]
    hint_cost_percent: Option<Option<i32>>,
    /// Why the answer is what it is, in Markdown; null removes it.
    #[serde(default, deserialize_with = "rest::present")]
    #[schema(value_type = Option<String>, max_length = 20000)]
    explanation: Option<Option<String>>,
    /// The percentage of an answer that must be right to pass.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100)]
    pass_percent: Option<i32>,
    /// How often a learner may answer; null removes the limit.
    #[serde(default, deserialize_with = "rest::present")]
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 100)]
    attempts: Option<Option<i32>>,
    /// How many minutes an attempt may take; null removes the limit.
    #[serde(default, deserialize_with = "rest::present")]
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 1440)]
    time_limit_minutes: Option<Option<i32>>,
    /// How many minutes a learner has to wait between attempts; null removes the wait.
    #[serde(default, deserialize_with = "rest::present")]
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 10080)]
    cooldown_minutes: Option<Option<i32>>,
    /// The question with its answer.
    #[serde(default)]
    #[schema(nullable = false)]
    question: Option<Question>,
    /// What may be asked in the place of prompt and question; replaces all of them.
    #[serde(default)]
    #[schema(nullable = false, max_items = 20)]
    variants: Option<Vec<Variant>>,
    /// The objectives of the lesson that it tests, by their numbers from 1; replaces all of them.
    #[serde(default)]
    #[schema(schema_with = schema::objective_numbers, required = false)]
    objectives: Option<Vec<i32>>,
    /// Its position in the lesson, from 1; the others move up or down.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 1000)]
    pub(crate) position: Option<i32>,
}

impl ChangeExercise {
    pub(crate) fn markdown(&self) -> Texts {
        markdown::of_exercise(
            self.prompt.as_ref(),
            self.hints.as_ref(),
            self.explanation.as_ref().and_then(Option::as_ref),
            self.question.as_ref(),
            self.variants.as_ref(),
        )
    }

    pub(crate) fn apply(self, body: &mut ExerciseBody) {
        set(&mut body.title, self.title);
        set(&mut body.prompt, self.prompt);
        set(&mut body.points, self.points);
        set(&mut body.hints, self.hints);
        set(&mut body.hint_cost, self.hint_cost_percent);
        set(&mut body.explanation, self.explanation);
        set(&mut body.pass_percent, self.pass_percent);
        set(&mut body.attempts, self.attempts);
        set(&mut body.time_limit, self.time_limit_minutes);
        set(&mut body.cooldown, self.cooldown_minutes);
        set(&mut body.question, self.question);
        set(&mut body.variants, self.variants);
        set(&mut body.objectives, self.objectives);
    }
}
