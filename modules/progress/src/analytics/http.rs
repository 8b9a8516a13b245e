//! The endpoint of analytics.

use actix_web::{HttpResponse, get, web};
use contracts::course_ref::CourseRef;
use rest::{Instructor, Path, Query, Routes};

use super::request::AnalyticsFilter;
use super::service::Service;
use super::view::CourseAnalytics;

pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(get_course_analytics);
}

/// Get the analytics of a course
///
/// For those who may change the course. Everything is about the learners who are on one version now: the newest one,
/// unless another is asked for. Those who have left count too. `stopped` counts those for whom a lesson is the last
/// that they have begun and who have left, or have done nothing for 30 days, without completing the course.
/// `discrimination` is the correlation of passing an exercise at the first try with how good a learner is at first
/// tries as a whole (point-biserial); it is absent for fewer than 20 learners.
#[utoipa::path(tag = "teaching",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), AnalyticsFilter),
    responses((status = 200, description = "The analytics of the version.", body = CourseAnalytics)),
    security(("bearer" = ["courses:read"])))]
#[get("/progress/courses/{course}/analytics")]
async fn get_course_analytics(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    filter: Query<AnalyticsFilter>,
) -> Result<HttpResponse, rest::Error> {
    let view = service
        .analyze(&author.0, &course, filter.0.version)
        .await?;
    Ok(rest::ok(&view))
}
