//! Working through a lesson.

use actix_web::{HttpResponse, post, put, web};
use kernel::{LessonId, Outcome};
use rest::{Command, Learner, Op, Path};
use serde::Deserialize;
use utoipa::ToSchema;

use super::answer;
use crate::service::Service;
use crate::view::CourseProgress;

/// How far and how long somebody has read.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"percent": 60, "seconds": 240}))]
pub(crate) struct ReportProgress {
    /// How far you have read; it never falls.
    #[schema(minimum = 0, maximum = 100)]
    percent: i32,
    /// The whole time that you have spent on the lesson. It never falls, and grows by no more
    /// than has passed since your last report.
    #[schema(minimum = 0, maximum = 100000000)]
    seconds: i64,
}

/// Start a lesson
///
/// Starting it again changes nothing.
#[utoipa::path(tag = "progress",
    params(("lesson" = Uuid, Path, description = "The lesson.", example = "01940000-0000-7000-8000-000000000101"), rest::IdempotencyHeader),
    responses((status = 200, description = "Your progress in the course.", body = CourseProgress,
        headers(("Progress-Version" = String, description = "The version of the progress.")))),
    security(("bearer" = ["progress:write"])))]
#[post("/progress/lessons/{lesson}/start")]
pub(crate) async fn start_lesson(
    service: web::Data<Service>,
    learner: Learner,
    lesson: Path<LessonId>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let outcome = service
        .start(learner.0.user_id, *lesson, &operation.0)
        .await?;
    Ok(answer::progress(&outcome))
}

/// Report how far you have read
///
/// Sending the same report again changes nothing.
#[utoipa::path(tag = "progress", request_body = ReportProgress,
    params(("lesson" = Uuid, Path, description = "The lesson.", example = "01940000-0000-7000-8000-000000000101")),
    responses((status = 200, description = "Your progress in the course.", body = CourseProgress,
        headers(("Progress-Version" = String, description = "The version of the progress.")))),
    security(("bearer" = ["progress:write"])))]
#[put("/progress/lessons/{lesson}")]
pub(crate) async fn report_lesson_progress(
    service: web::Data<Service>,
    learner: Learner,
    lesson: Path<LessonId>,
    command: Command<ReportProgress>,
) -> Result<HttpResponse, rest::Error> {
    let ReportProgress { percent, seconds } = command.body;
    let view = service
        .report(
            learner.0.user_id,
            *lesson,
            percent,
            seconds,
            &command.operation,
        )
        .await?;
    Ok(answer::progress(&Outcome::fresh(view)))
}

/// Complete a lesson
///
/// A lesson that is to be read counts at once. One with exercises completes by itself when the
/// last of them is passed; before that this is refused and names what is open. Completing it
/// again changes nothing.
#[utoipa::path(tag = "progress",
    params(("lesson" = Uuid, Path, description = "The lesson.", example = "01940000-0000-7000-8000-000000000101"), rest::IdempotencyHeader),
    responses((status = 200, description = "Your progress in the course.", body = CourseProgress,
        headers(("Progress-Version" = String, description = "The version of the progress.")))),
    security(("bearer" = ["progress:write"])))]
#[post("/progress/lessons/{lesson}/complete")]
pub(crate) async fn complete_lesson(
    service: web::Data<Service>,
    learner: Learner,
    lesson: Path<LessonId>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let outcome = service
        .complete(learner.0.user_id, *lesson, &operation.0)
        .await?;
    Ok(answer::progress(&outcome))
}
