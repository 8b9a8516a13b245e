//! Progress in a course.

use actix_web::{HttpResponse, get, web};
use kernel::CourseId;
use rest::{Learner, Path, Query};
use serde::Deserialize;
use utoipa::IntoParams;

use super::answer;
use crate::service::Service;
use crate::view::{CourseExplanation, CourseProgress, NextLessons};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReadYourWrites {
    /// The `Progress-Version` of an earlier answer: what is read is at least as new.
    #[param(minimum = 0, maximum = 1000000000000i64, required = false)]
    #[serde(default)]
    at_least: Option<i64>,
}

/// Read your progress in a course
#[utoipa::path(tag = "progress",
    params(("course" = Uuid, Path, description = "The course.", example = "01940000-0000-7000-8000-000000000001"), ReadYourWrites),
    responses(
        (status = 200, description = "The counts, and each lesson of your version.", body = CourseProgress,
            headers(("Progress-Version" = String, description = "The version of the progress."))),
        (status = 409, description = "The version that you ask for has not happened.", body = rest::Problem, content_type = "application/problem+json")),
    security(("bearer" = ["progress:read"])))]
#[get("/progress/courses/{course}")]
pub(crate) async fn get_course_progress(
    service: web::Data<Service>,
    learner: Learner,
    course: Path<CourseId>,
    query: Query<ReadYourWrites>,
) -> Result<HttpResponse, rest::Error> {
    let view = service
        .progress(learner.0.user_id, *course, query.0.at_least)
        .await?;
    let revision = view.enrollment.revision;
    Ok(answer::at_version(rest::ok(&view), revision))
}

/// Explain your progress in a course
///
/// Tells for each lesson and exercise whether it counts, and why.
#[utoipa::path(tag = "progress",
    params(("course" = Uuid, Path, description = "The course.", example = "01940000-0000-7000-8000-000000000001")),
    responses((status = 200, description = "What counts, and why.", body = CourseExplanation)),
    security(("bearer" = ["progress:read"])))]
#[get("/progress/courses/{course}/explain")]
pub(crate) async fn explain_course_progress(
    service: web::Data<Service>,
    learner: Learner,
    course: Path<CourseId>,
) -> Result<HttpResponse, rest::Error> {
    let view = service.explain(learner.0.user_id, *course).await?;
    Ok(rest::ok(&view))
}

/// List what to do next
///
/// The next open lesson of each course that you are in.
#[utoipa::path(tag = "progress",
    responses((status = 200, description = "The next lessons.", body = NextLessons)),
    security(("bearer" = ["progress:read"])))]
#[get("/progress/next")]
pub(crate) async fn list_next_lessons(
    service: web::Data<Service>,
    learner: Learner,
) -> Result<HttpResponse, rest::Error> {
    let view = service.next(learner.0.user_id).await?;
    Ok(rest::ok(&view))
}
