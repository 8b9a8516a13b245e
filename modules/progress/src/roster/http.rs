//! The endpoints of rosters.

use actix_web::{HttpResponse, get, web};
use contracts::course_ref::CourseRef;
use kernel::UserId;
use rest::{Instructor, List, Path, Routes};

use super::request::RosterFilter;
use super::service::Service;
use super::view::{CourseLearner, LearnerProgress};

pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(list_course_learners)
        .service(get_learner_progress);
}

/// List learners of a course
///
/// For those who may change the course. Learners who have left it are listed too. `risk` tells who may be about to
/// give up: who stays away for twice as long as a lesson has taken them so far (at least 2 days and at most 7 for a
/// lesson) is at `low` risk, and for four times as long at `high`. Exercises that were failed three times and are not
/// passed shorten this: one halves it, two leave a third of it, and three or more a quarter.
#[utoipa::path(tag = "teaching",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), RosterFilter, rest::Paging),
    responses((status = 200, description = "A page of learners.", body = rest::Paged<CourseLearner>)),
    security(("bearer" = ["courses:read"])))]
#[get("/progress/courses/{course}/learners")]
async fn list_course_learners(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    list: List<RosterFilter>,
) -> Result<HttpResponse, rest::Error> {
    let page = service
        .list(&author.0, &course, &list.filter, &list.page_request)
        .await?;
    Ok(rest::list(&list, page))
}

/// Get the progress of a learner
///
/// Administrators see all courses of the learner and their totals, and instructors the courses that they may change.
#[utoipa::path(tag = "teaching",
    params(("user" = UserId, Path, description = "The learner.", example = "01940000-0000-7000-8000-000000000a01")),
    responses((status = 200, description = "The courses of the learner, at most 50, the most recently active first.", body = LearnerProgress)),
    security(("bearer" = ["courses:read"])))]
#[get("/progress/users/{user}")]
async fn get_learner_progress(
    service: web::Data<Service>,
    author: Instructor,
    user: Path<UserId>,
) -> Result<HttpResponse, rest::Error> {
    let view = service.find(&author.0, *user).await?;
    Ok(rest::ok(&view))
}
