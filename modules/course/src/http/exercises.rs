//! The exercises of a lesson.

use actix_web::{HttpResponse, delete, get, patch, post, web};
use kernel::{ExerciseId, LessonId};
use rest::{
    Command, IdempotencyHeader, IfMatch, Instructor, Learner, List, Op, Paged, Paging, Path, Query,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::courses::set;
use super::{EditionQuery, present};
use crate::content::ExerciseBody;
use crate::question::Question;
use crate::schema;
use crate::service::Service;
use crate::view::{ExerciseDetail, ExerciseView, HintView};

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
    /// Its name in the files of the course; made of the title when absent.
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
    /// What is asked, in Markdown.
    #[schema(min_length = 1, max_length = 20000)]
    prompt: String,
    /// The points of a perfect answer.
    #[schema(minimum = 1, maximum = 1000)]
    points: i32,
    /// Help, from faint to strong.
    #[serde(default)]
    #[schema(schema_with = schema::hints, required = false)]
    hints: Vec<String>,
    /// Why the answer is what it is, in Markdown.
    #[serde(default)]
    #[schema(nullable = false, max_length = 20000)]
    explanation: Option<String>,
    /// The share of the points that passes.
    #[serde(default = "all")]
    #[schema(minimum = 1, maximum = 100, default = 100)]
    pass_percent: i32,
    /// How often a learner may answer; absent when there is no limit.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100)]
    attempts: Option<i32>,
    /// The question with its answer.
    question: Question,
}

fn all() -> i32 {
    100
}

impl CreateExercise {
    pub(crate) fn into_parts(self) -> (Option<String>, ExerciseBody) {
        let body = ExerciseBody {
            title: self.title,
            prompt: self.prompt,
            points: self.points,
            hints: self.hints,
            explanation: self.explanation,
            pass_percent: self.pass_percent,
            attempts: self.attempts,
            question: self.question,
        };
        (self.key, body)
    }
}

/// A change of an exercise: what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "points": 12 }))]
pub(crate) struct ChangeExercise {
    /// Its title.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 200, format = "line")]
    title: Option<String>,
    /// What is asked, in Markdown.
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 20000)]
    prompt: Option<String>,
    /// The points of a perfect answer.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 1000)]
    points: Option<i32>,
    /// Help, all of it.
    #[serde(default)]
    #[schema(schema_with = schema::hints, required = false)]
    hints: Option<Vec<String>>,
    /// Why the answer is what it is, in Markdown; null takes it away.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 20000)]
    explanation: Option<Option<String>>,
    /// The share of the points that passes.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100)]
    pass_percent: Option<i32>,
    /// How often a learner may answer; null takes the limit away.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 100)]
    attempts: Option<Option<i32>>,
    /// The question with its answer.
    #[serde(default)]
    #[schema(nullable = false)]
    question: Option<Question>,
    /// Its place in the lesson, from 1; the others move up or down.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 1000)]
    pub(crate) position: Option<i32>,
}

impl ChangeExercise {
    pub(crate) fn apply(self, body: &mut ExerciseBody) {
        set(&mut body.title, self.title);
        set(&mut body.prompt, self.prompt);
        set(&mut body.points, self.points);
        set(&mut body.hints, self.hints);
        set(&mut body.explanation, self.explanation);
        set(&mut body.pass_percent, self.pass_percent);
        set(&mut body.attempts, self.attempts);
        set(&mut body.question, self.question);
    }
}

/// List the exercises of a lesson.
///
/// Learners get them without their answers; with `draft=true` the staff gets them whole.
#[utoipa::path(tag = "exercises",
    params(("lesson" = LessonId, Path, description = "The lesson.", example = "01940000-0000-7000-8000-000000000101"), EditionQuery, Paging),
    responses((status = 200, description = "A page of exercises in order.", body = Paged<ExerciseView>)),
    security(("bearer" = ["courses:read"])))]
#[get("/lessons/{lesson}/exercises")]
pub(crate) async fn list_exercises(
    service: web::Data<Service>,
    caller: Learner,
    lesson: Path<LessonId>,
    list: List<EditionQuery>,
) -> Result<HttpResponse, rest::Error> {
    let page = service
        .exercises(&caller.0, *lesson, &list.filter, &list.slice)
        .await?;
    Ok(rest::list(&list, page))
}

/// Add an exercise to a lesson of the draft.
#[utoipa::path(tag = "exercises", request_body = CreateExercise,
    params(("lesson" = LessonId, Path, description = "The lesson.", example = "01940000-0000-7000-8000-000000000101"), IdempotencyHeader),
    responses((status = 201, description = "The exercise with its answer.", body = ExerciseDetail,
        headers(("ETag" = String, description = "The version, for If-Match."),
            ("Location" = String, description = "The address of the exercise.")))),
    security(("bearer" = ["courses:write"])))]
#[post("/lessons/{lesson}/exercises")]
pub(crate) async fn create_exercise(
    service: web::Data<Service>,
    author: Instructor,
    lesson: Path<LessonId>,
    command: Command<CreateExercise>,
) -> Result<HttpResponse, rest::Error> {
    let outcome = service
        .add_exercise(&author.0, &command.operation, *lesson, command.body)
        .await?;
    let location = format!("/api/v1/exercises/{}", outcome.value.id);
    Ok(rest::created_at_version(
        &location,
        outcome.value.version,
        &outcome,
    ))
}

/// Read an exercise.
///
/// Learners get it without its answer; with `draft=true` the staff gets it whole.
#[utoipa::path(tag = "exercises",
    params(("exercise" = ExerciseId, Path, description = "The exercise.", example = "01940000-0000-7000-8000-000000020101"), EditionQuery),
    responses((status = 200, description = "The exercise.", body = ExerciseView,
        headers(("ETag" = String, description = "Of the draft, the version for If-Match.")))),
    security(("bearer" = ["courses:read"])))]
#[get("/exercises/{exercise}")]
pub(crate) async fn read_exercise(
    service: web::Data<Service>,
    caller: Learner,
    exercise: Path<ExerciseId>,
    query: Query<EditionQuery>,
) -> Result<HttpResponse, rest::Error> {
    let exercise = service.exercise(&caller.0, *exercise, &query.0).await?;
    // A learner's attempts change without a new version, so that what they get has no ETag.
    Ok(match &exercise {
        ExerciseView::Staff(draft) => rest::with_version(draft.version, &exercise),
        ExerciseView::Learner(_) => rest::ok(&exercise),
    })
}

/// Change an exercise of the draft.
#[utoipa::path(tag = "exercises", request_body = ChangeExercise,
    params(("exercise" = ExerciseId, Path, description = "The exercise.", example = "01940000-0000-7000-8000-000000020101"), IfMatch),
    responses((status = 200, description = "The exercise with its answer.", body = ExerciseDetail,
        headers(("ETag" = String, description = "The new version.")))),
    security(("bearer" = ["courses:write"])))]
#[patch("/exercises/{exercise}")]
pub(crate) async fn change_exercise(
    service: web::Data<Service>,
    author: Instructor,
    exercise: Path<ExerciseId>,
    expected: IfMatch,
    command: Command<ChangeExercise>,
) -> Result<HttpResponse, rest::Error> {
    let changed = service
        .change_exercise(
            &author.0,
            &command.operation,
            *exercise,
            &expected.0,
            command.body,
        )
        .await?;
    Ok(rest::with_version(changed.version, &changed))
}

/// Delete an exercise from the draft.
///
/// Published versions and the answers to it stay.
#[utoipa::path(tag = "exercises",
    params(("exercise" = ExerciseId, Path, description = "The exercise.", example = "01940000-0000-7000-8000-000000020101"), IfMatch),
    responses((status = 204, description = "The exercise is gone from the draft.")),
    security(("bearer" = ["courses:write"])))]
#[delete("/exercises/{exercise}")]
pub(crate) async fn delete_exercise(
    service: web::Data<Service>,
    author: Instructor,
    exercise: Path<ExerciseId>,
    expected: IfMatch,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    service
        .remove_exercise(&author.0, &operation.0, *exercise, &expected.0)
        .await?;
    Ok(rest::no_content())
}

/// Read a hint of an exercise.
#[utoipa::path(tag = "exercises",
    params(("exercise" = ExerciseId, Path, description = "The exercise.", example = "01940000-0000-7000-8000-000000020101"),
        ("number" = i32, Path, description = "Which hint, from 1.", minimum = 1, maximum = 5, example = 1), EditionQuery),
    responses((status = 200, description = "The hint.", body = HintView)),
    security(("bearer" = ["courses:read"])))]
#[get("/exercises/{exercise}/hints/{number}")]
pub(crate) async fn read_hint(
    service: web::Data<Service>,
    caller: Learner,
    path: Path<(ExerciseId, i32)>,
    query: Query<EditionQuery>,
) -> Result<HttpResponse, rest::Error> {
    let (exercise, number) = *path;
    let hint = service.hint(&caller.0, exercise, number, &query.0).await?;
    Ok(rest::ok(&hint))
}
