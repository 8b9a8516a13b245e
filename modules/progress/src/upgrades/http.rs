//! The endpoint of upgrades.

use actix_web::{HttpResponse, post, web};
use contracts::course_ref::CourseRef;
use rest::{Command, Instructor, Path, Routes};

use super::request::UpgradeCourse;
use super::service::Service;
use super::view::CourseUpgrade;

pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(upgrade_course);
}

/// Move the learners of a course to its newest version
///
/// For those who may change the course. With the mode `offer`, learners are notified and decide themselves: within
/// the next minutes, or a day after the course last told of a version. With `require`, they are moved within the next
/// minutes and told. Lessons and exercises that both versions have keep
/// what was earned. Whoever is on the newest version is not concerned.
#[utoipa::path(tag = "enrollments", request_body = UpgradeCourse,
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), rest::IdempotencyHeader),
    responses((status = 202, description = "What was requested, and how many learners it concerns now.", body = CourseUpgrade)),
    security(("bearer" = ["courses:write"])))]
#[post("/progress/courses/{course}/upgrades")]
async fn upgrade_course(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    command: Command<UpgradeCourse>,
) -> Result<HttpResponse, rest::Error> {
    let Command { operation, body } = command;
    let requested = service.request(&author.0, &course, &body, &operation);
    Ok(rest::accepted(None, &requested.await?))
}
