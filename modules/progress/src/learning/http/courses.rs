//! Progress in a course.

use actix_web::{HttpResponse, get, web};
use contracts::course_ref::CourseRef;
use rest::{AuthenticatedUser, Path, Query};

use super::super::request::ReadYourWrites;
use super::super::service::Service;
use super::super::view::{CourseExplanation, CourseProgress, NextLessons};
use crate::enrollment::at_version;

/// Get the progress of the current user in a course
#[utoipa::path(tag = "progress",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), ReadYourWrites),
    responses(
        (status = 200, description = "The counts, and each lesson of your version.", body = CourseProgress,
            headers(("Progress-Version" = String, description = "The version of the progress."))),
        (status = 409, description = "Nothing as new as `at_least` was ever written.", body = rest::Problem, content_type = "application/problem+json"),
        (status = 503, description = "What was written does not show yet.", body = rest::Problem, content_type = "application/problem+json",
            headers(("Retry-After" = String, description = "Seconds until you try again.")))),
    security(("bearer" = ["progress:read"])))]
#[get("/progress/courses/{course}")]
pub(super) async fn get_my_course_progress(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    course: Path<CourseRef>,
    query: Query<ReadYourWrites>,
) -> Result<HttpResponse, rest::Error> {
    let view = service
        .progress(learner.0.user_id, &course, query.0.at_least)
        .await?;
    let revision = view.enrollment.revision;
    Ok(at_version(rest::ok(&view), revision))
}

/// Explain the progress of the current user in a course
///
/// Shows for each lesson and exercise whether it counts, and why.
#[utoipa::path(tag = "progress",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero")),
    responses((status = 200, description = "What counts, and why.", body = CourseExplanation)),
    security(("bearer" = ["progress:read"])))]
#[get("/progress/courses/{course}/explain")]
pub(super) async fn explain_my_course_progress(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    course: Path<CourseRef>,
) -> Result<HttpResponse, rest::Error> {
    let view = service.explain(learner.0.user_id, &course).await?;
    Ok(rest::ok(&view))
}

/// List next lessons of the current user
///
/// The next open lesson of each course that you are in.
#[utoipa::path(tag = "progress",
    responses((status = 200, description = "The next lessons.", body = NextLessons)),
    security(("bearer" = ["progress:read"])))]
#[get("/progress/next")]
pub(super) async fn list_my_next_lessons(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
) -> Result<HttpResponse, rest::Error> {
    let view = service.list_next(learner.0.user_id).await?;
    Ok(rest::ok(&view))
}
