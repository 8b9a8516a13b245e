//! The exercises of a lesson.

use actix_web::{HttpResponse, delete, get, patch, post, web};
use kernel::{ExerciseId, LessonId};
use rest::{
    Command, IdempotencyHeader, IfMatch, Instructor, Learner, List, Op, Paged, Paging, Path, Query,
};

use crate::command::{ChangeExercise, CreateExercise, EditionQuery};
use crate::service::Service;
use crate::view::{ExerciseDetail, ExerciseView, HintView};

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
