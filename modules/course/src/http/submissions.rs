//! Answers to exercises.

use actix_web::{HttpResponse, get, post, web};
use kernel::{ExerciseId, SubmissionId, UserId};
use rest::{Command, IdempotencyHeader, Learner, List, Paged, Paging, Path};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::command::SubmitAnswer;
use crate::service::Service;
use crate::view::SubmissionView;

/// Whose answers are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListSubmissions {
    /// One learner's answers, for the staff; learners always get their own.
    #[param(required = false, nullable = false)]
    #[serde(default)]
    pub(crate) learner: Option<UserId>,
}

/// List the answers to an exercise.
///
/// Learners get their own; the staff of the course gets those of all.
#[utoipa::path(tag = "submissions",
    params(("exercise" = ExerciseId, Path, description = "The exercise.", example = "01940000-0000-7000-8000-000000020101"), ListSubmissions, Paging),
    responses((status = 200, description = "A page of graded answers, the newest first.", body = Paged<SubmissionView>)),
    security(("bearer" = ["progress:read"])))]
#[get("/exercises/{exercise}/submissions")]
pub(crate) async fn list_submissions(
    service: web::Data<Service>,
    caller: Learner,
    exercise: Path<ExerciseId>,
    list: List<ListSubmissions>,
) -> Result<HttpResponse, rest::Error> {
    let learner = list.filter.learner;
    let page = service
        .submissions(&caller.0, *exercise, learner, &list.slice)
        .await?;
    Ok(rest::list(&list, page))
}

/// Answer an exercise.
///
/// The answer is graded at once. Its ids are those of the task of `GET /exercises/{exercise}`.
#[utoipa::path(tag = "submissions", request_body = SubmitAnswer,
    params(("exercise" = ExerciseId, Path, description = "The exercise.", example = "01940000-0000-7000-8000-000000020101"), IdempotencyHeader),
    responses((status = 201, description = "The graded answer.", body = SubmissionView,
        headers(("Location" = String, description = "The address of the submission.")))),
    security(("bearer" = ["progress:write"])))]
#[post("/exercises/{exercise}/submissions")]
pub(crate) async fn submit_answer(
    service: web::Data<Service>,
    learner: Learner,
    exercise: Path<ExerciseId>,
    command: Command<SubmitAnswer>,
) -> Result<HttpResponse, rest::Error> {
    let outcome = service
        .submit(&learner.0, &command.operation, *exercise, command.body)
        .await?;
    let location = format!("/api/v1/submissions/{}", outcome.value.id);
    Ok(rest::created(&location, &outcome))
}

/// Read a graded answer.
///
/// For the learner who gave it, the staff of the course and administrators.
#[utoipa::path(tag = "submissions",
    params(("submission" = SubmissionId, Path, description = "The submission.", example = "01940000-0000-7000-8000-000000000501")),
    responses((status = 200, description = "The graded answer.", body = SubmissionView)),
    security(("bearer" = ["progress:read"])))]
#[get("/submissions/{submission}")]
pub(crate) async fn read_submission(
    service: web::Data<Service>,
    caller: Learner,
    submission: Path<SubmissionId>,
) -> Result<HttpResponse, rest::Error> {
    let submission = service.submission(&caller.0, *submission).await?;
    Ok(rest::ok(&submission))
}
