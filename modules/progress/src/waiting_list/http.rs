//! The endpoints of waiting lists.

use actix_web::{HttpResponse, delete, get, post, web};
use contracts::course_ref::CourseRef;
use kernel::{CourseId, Outcome};
use rest::{AuthenticatedUser, Command, Instructor, List, NoFilter, Path, Routes};

use super::request::JoinWaitingList;
use super::service::Service;
use super::view::{Joined, WaitingLearner, WaitingListEntry};

pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(list_my_waiting_list_entries)
        .service(join_waiting_list)
        .service(leave_waiting_list)
        .service(list_course_waiting_list);
}

/// List waiting list entries of the current user
///
/// With the place in each waiting list; the longest wait comes first.
#[utoipa::path(tag = "enrollments", params(rest::Paging),
    responses((status = 200, description = "A page of entries.", body = rest::Paged<WaitingListEntry>)),
    security(("bearer" = ["progress:read"])))]
#[get("/progress/waiting-list")]
async fn list_my_waiting_list_entries(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    list: List<NoFilter>,
) -> Result<HttpResponse, rest::Error> {
    let page = service.list_of(learner.0.user_id, &list.page_request);
    Ok(rest::list(&list, page.await?))
}

/// Join the waiting list of a course
///
/// For a course without a free seat; what enrolling requires is required now. When a seat becomes free, whoever is
/// first in line is enrolled and notified. Joining again keeps the place.
#[utoipa::path(tag = "enrollments", request_body = JoinWaitingList, params(rest::IdempotencyHeader),
    responses(
        (status = 201, description = "The new entry.", body = WaitingListEntry, headers(
            ("Location" = String, description = "The URL of the entry, for `DELETE`."))),
        (status = 200, description = "The existing entry.", body = WaitingListEntry)),
    security(("bearer" = ["progress:write"])))]
#[post("/progress/waiting-list")]
async fn join_waiting_list(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    command: Command<JoinWaitingList>,
) -> Result<HttpResponse, rest::Error> {
    let Command { operation, body } = command;
    let joined = service.join(learner.0.user_id, &body, &operation).await?;
    Ok(answer(joined))
}

/// Leave the waiting list of a course
#[utoipa::path(tag = "enrollments",
    params(("course" = Uuid, Path, description = "The course.", example = "01940000-0000-7000-8000-000000000001")),
    responses((status = 204, description = "You do not wait for the course any longer.")),
    security(("bearer" = ["progress:write"])))]
#[delete("/progress/waiting-list/{course}")]
async fn leave_waiting_list(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    course: Path<CourseId>,
) -> Result<HttpResponse, rest::Error> {
    service.leave(learner.0.user_id, *course).await?;
    Ok(rest::no_content())
}

/// List the waiting list of a course
///
/// For those who may change the course; whoever gets the next seat comes first.
#[utoipa::path(tag = "teaching",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), rest::Paging),
    responses((status = 200, description = "A page of learners.", body = rest::Paged<WaitingLearner>)),
    security(("bearer" = ["courses:read"])))]
#[get("/progress/courses/{course}/waiting-list")]
async fn list_course_waiting_list(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    list: List<NoFilter>,
) -> Result<HttpResponse, rest::Error> {
    let page = service.list(&author.0, &course, &list.page_request);
    Ok(rest::list(&list, page.await?))
}

/// 201 for a new entry, 200 for one that was there.
fn answer(outcome: Outcome<Joined>) -> HttpResponse {
    let created = outcome.value.created;
    let outcome = outcome.map(|joined| joined.entry);
    let location = format!("/api/v1/progress/waiting-list/{}", outcome.value.course_id);
    match created {
        true => rest::created(&location, &outcome),
        false => rest::done(&outcome),
    }
}
