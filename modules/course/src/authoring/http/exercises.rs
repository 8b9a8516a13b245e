//! The exercises of a draft.

use actix_web::{HttpResponse, delete, patch, post, web};
use kernel::{ExerciseId, LessonId};
use rest::{Command, IdempotencyHeader, IfMatch, Instructor, Op, Path};

use crate::authoring::request::{ChangeExercise, CreateExercise};
use crate::authoring::service::Service;
use crate::authoring::view::ExerciseDetail;

/// Create an exercise in a lesson of the draft.
///
/// A lesson can have at most 100 exercises, a course 1500.
/// 422 `course.size_limit_exceeded` when the texts of the course would have more than 4 MiB.
/// The `question` has one of these structures, with further fields that the schema describes:
///
/// - `{"kind": "single_choice", "options": [{"text": "Yes", "correct": true}, {"text": "No"}]}`
/// - `{"kind": "multiple_choice", "options": [{"text": "2", "correct": true}, {"text": "3", "correct": true}, {"text": "4"}]}`
/// - `{"kind": "true_false", "correct": false}`
/// - `{"kind": "numeric", "value": 9.81, "tolerance": 0.01}`
/// - `{"kind": "short_text", "accepted": ["SELECT"]}`
/// - `{"kind": "ordering", "items": ["first", "second", "third"]}`
/// - `{"kind": "matching", "pairs": [{"left": "dog", "right": "barks"}, {"left": "cat", "right": "meows"}]}`
/// - `{"kind": "code_output", "language": "go", "code": "fmt.Println(1 + 2)", "expected": "3"}`
/// - `{"kind": "cloze", "text": "A [[1]] barks.", "gaps": [{"accepted": ["dog"]}]}`
/// - `{"kind": "essay", "min_words": 100, "rubric": [{"title": "Argument", "points": 10}]}`
/// - `{"kind": "code", "languages": [{"language": "go"}], "tests": [{"title": "adds", "input": "1 2", "expected": "3"}]}`
#[utoipa::path(tag = "exercises", request_body = CreateExercise,
    params(("lesson" = LessonId, Path, description = "The lesson.", example = "01940000-0000-7000-8000-000000000101"), IdempotencyHeader),
    responses((status = 201, description = "The exercise with its answer.", body = ExerciseDetail,
        headers(("ETag" = String, description = "The version, for If-Match."),
            ("Location" = String, description = "The URL of the exercise.")))),
    security(("bearer" = ["courses:write"])))]
#[post("/lessons/{lesson}/exercises")]
pub(crate) async fn create_exercise(
    service: web::Data<Service>,
    author: Instructor,
    lesson: Path<LessonId>,
    command: Command<CreateExercise>,
) -> Result<HttpResponse, rest::Error> {
    let outcome = service
        .create_exercise(&author.0, &command.operation, *lesson, command.body)
        .await?;
    let location = format!("/api/v1/exercises/{}", outcome.value.id);
    let version = outcome.value.version;
    Ok(rest::created_at_version(&location, version, &outcome))
}

/// Update an exercise of the draft.
///
/// 422 `course.size_limit_exceeded` when the texts of the course would have more than 4 MiB.
#[utoipa::path(tag = "exercises", request_body = ChangeExercise,
    params(("exercise" = ExerciseId, Path, description = "The exercise.", example = "01940000-0000-7000-8000-000000020101"), IfMatch),
    responses((status = 200, description = "The exercise with its answer.", body = ExerciseDetail,
        headers(("ETag" = String, description = "The new version.")))),
    security(("bearer" = ["courses:write"])))]
#[patch("/exercises/{exercise}")]
pub(crate) async fn update_exercise(
    service: web::Data<Service>,
    author: Instructor,
    exercise: Path<ExerciseId>,
    expected: IfMatch,
    command: Command<ChangeExercise>,
) -> Result<HttpResponse, rest::Error> {
    let (operation, body) = (command.operation, command.body);
    let done = service.update_exercise(&author.0, &operation, *exercise, &expected.0, body);
    let changed = done.await?;
    Ok(rest::with_version(changed.version, &changed))
}

/// Delete an exercise of the draft.
///
/// Published versions and the answers to it stay.
#[utoipa::path(tag = "exercises",
    params(("exercise" = ExerciseId, Path, description = "The exercise.", example = "01940000-0000-7000-8000-000000020101"), IfMatch),
    responses((status = 204, description = "The exercise was deleted from the draft.")),
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
        .delete_exercise(&author.0, &operation.0, *exercise, &expected.0)
        .await?;
    Ok(rest::no_content())
}
