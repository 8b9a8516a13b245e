//! The edge of answers.

use actix_web::{HttpResponse, get, post, web};
use kernel::{ExerciseId, SubmissionId};
use rest::{AuthenticatedUser, Command, IdempotencyHeader, List, Paged, Paging, Path, Routes};

use super::request::{ListSubmissions, SubmitAnswer};
use super::service::Service;
use super::view::{SubmissionSummary, SubmissionView};

/// Every route of the room.
pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(list_exercise_submissions)
        .service(submit_answer)
        .service(get_submission);
}

/// List submissions to an exercise.
///
/// Learners get their own; the staff of the course gets those of all. `GET /submissions/{submission}`
/// shows what was answered and, once it is open, the explanation.
#[utoipa::path(tag = "submissions",
    params(("exercise" = ExerciseId, Path, description = "The exercise.", example = "01940000-0000-7000-8000-000000020101"), ListSubmissions, Paging),
    responses((status = 200, description = "A page of graded answers, the newest first.", body = Paged<SubmissionSummary>)),
    security(("bearer" = ["progress:read"])))]
#[get("/exercises/{exercise}/submissions")]
pub(crate) async fn list_exercise_submissions(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    exercise: Path<ExerciseId>,
    list: List<ListSubmissions>,
) -> Result<HttpResponse, rest::Error> {
    let page = service
        .list(&caller.0, *exercise, &list.filter, &list.page_request)
        .await?;
    Ok(rest::list(&list, page))
}

/// Submit an answer to an exercise.
///
/// The answer is graded at once. Its ids are those of the task of `GET /exercises/{exercise}`.
#[utoipa::path(tag = "submissions", request_body = SubmitAnswer,
    params(("exercise" = ExerciseId, Path, description = "The exercise.", example = "01940000-0000-7000-8000-000000020101"), IdempotencyHeader),
    responses((status = 201, description = "The graded answer.", body = SubmissionView,
        headers(("Location" = String, description = "The URL of the submission.")))),
    security(("bearer" = ["progress:write"])))]
#[post("/exercises/{exercise}/submissions")]
pub(crate) async fn submit_answer(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    exercise: Path<ExerciseId>,
    command: Command<SubmitAnswer>,
) -> Result<HttpResponse, rest::Error> {
    let outcome = service
        .submit(&learner.0, &command.operation, *exercise, command.body)
        .await?;
    let location = format!("/api/v1/submissions/{}", outcome.value.id);
    Ok(rest::created(&location, &outcome))
}

/// Get a submission.
///
/// For the learner who gave it, the staff of the course and administrators.
#[utoipa::path(tag = "submissions",
    params(("submission" = SubmissionId, Path, description = "The submission.", example = "01940000-0000-7000-8000-000000000501")),
    responses((status = 200, description = "The graded answer.", body = SubmissionView)),
    security(("bearer" = ["progress:read"])))]
#[get("/submissions/{submission}")]
pub(crate) async fn get_submission(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    submission: Path<SubmissionId>,
) -> Result<HttpResponse, rest::Error> {
    let submission = service.find(&caller.0, *submission).await?;
    Ok(rest::ok(&submission))
}
