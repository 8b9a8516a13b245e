//! Working through a lesson.

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpResponse, post, put, web};
use kernel::{LessonId, Outcome};
use rest::{AuthenticatedUser, Command, Op, Path};

use super::super::request::ReportProgress;
use super::super::service::Service;
use super::super::view::CourseProgress;
use crate::enrollment::at_version;

const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Start a lesson
///
/// Starting it again changes nothing.
#[utoipa::path(tag = "progress",
    params(("lesson" = Uuid, Path, description = "The lesson.", example = "01940000-0000-7000-8000-000000000101"), rest::IdempotencyHeader),
    responses((status = 200, description = "Your progress in the course.", body = CourseProgress,
        headers(("Progress-Version" = String, description = "The version of the progress.")))),
    security(("bearer" = ["progress:write"])))]
#[post("/progress/lessons/{lesson}/start")]
pub(super) async fn start_lesson(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    lesson: Path<LessonId>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let outcome = service
        .start(learner.0.user_id, *lesson, &operation.0)
        .await?;
    Ok(progress(&outcome))
}

/// Update the reading position in a lesson
///
/// Sending the same report again changes nothing.
#[utoipa::path(tag = "progress", request_body = ReportProgress,
    params(("lesson" = Uuid, Path, description = "The lesson.", example = "01940000-0000-7000-8000-000000000101")),
    responses((status = 200, description = "Your progress in the course.", body = CourseProgress,
        headers(("Progress-Version" = String, description = "The version of the progress.")))),
    security(("bearer" = ["progress:write"])))]
#[put("/progress/lessons/{lesson}")]
pub(super) async fn update_lesson_progress(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    lesson: Path<LessonId>,
    command: Command<ReportProgress>,
) -> Result<HttpResponse, rest::Error> {
    let view = service
        .report(
            learner.0.user_id,
            *lesson,
            &command.body,
            &command.operation,
        )
        .await?;
    Ok(progress(&Outcome::fresh(view)))
}

/// Complete a lesson
///
/// A lesson with the rule `read` is completed at once. One with the rule `exercises` completes by
/// itself when its last exercise is passed; until then, the response is 409 and names the exercises
/// that are open. Completing it again changes nothing.
#[utoipa::path(tag = "progress",
    params(("lesson" = Uuid, Path, description = "The lesson.", example = "01940000-0000-7000-8000-000000000101"), rest::IdempotencyHeader),
    responses((status = 200, description = "Your progress in the course.", body = CourseProgress,
        headers(("Progress-Version" = String, description = "The version of the progress.")))),
    security(("bearer" = ["progress:write"])))]
#[post("/progress/lessons/{lesson}/complete")]
pub(super) async fn complete_lesson(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    lesson: Path<LessonId>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let outcome = service
        .complete(learner.0.user_id, *lesson, &operation.0)
        .await?;
    Ok(progress(&outcome))
}

/// 200 with progress in a course; says when an earlier request did the work.
fn progress(outcome: &Outcome<CourseProgress>) -> HttpResponse {
    let mut response = rest::ok(&outcome.value);
    if outcome.replayed {
        response
            .headers_mut()
            .insert(REPLAYED, HeaderValue::from_static("true"));
    }
    at_version(response, outcome.value.enrollment.revision)
}
