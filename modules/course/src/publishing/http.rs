//! The edge of published versions.

use actix_web::{HttpResponse, delete, get, post, web};
use contracts::course_ref::CourseRef;
use rest::{
    AuthenticatedUser, Command, IdempotencyHeader, IfMatch, Instructor, Json, List, NoFilter, Op,
    Paged, Paging, Path, Routes,
};
use serde::Serialize;

use super::request::{PublishCourse, ScheduleCourse};
use super::service::Service;
use super::view::{ScheduleView, VersionChange, VersionDetail, VersionSummary};
use crate::authoring::CourseDetail;

/// Every route of the room.
pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(publish_course)
        .service(archive_course)
        .service(restore_course)
        .service(list_course_versions)
        .service(get_course_version)
        .service(compare_course_versions)
        .service(schedule_course)
        .service(get_course_schedule)
        .service(cancel_course_schedule);
}

/// Publish the draft of a course.
///
/// Makes an immutable, numbered version of it, which from now on is what readers get. Learners stay on the version that
/// they are on, and are told of a newer one ten minutes later, so that they hear once of what is corrected meanwhile.
/// Publishing an unchanged draft creates no version, and a course keeps at most 1000 versions and 256 MiB
/// of them together. An archived course has to be restored first. The example is the demo's draft.
#[utoipa::path(tag = "courses", request_body = PublishCourse,
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-in-parallel"), IfMatch, IdempotencyHeader),
    responses((status = 201, description = "The course with its new version.", body = CourseDetail,
        headers(("ETag" = String, description = "The version of the course."),
            ("Location" = String, description = "The URL of the published version.")))),
    security(("bearer" = ["courses:write"])))]
#[post("/courses/{course}/publish")]
pub(crate) async fn publish_course(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    expected: IfMatch,
    command: Command<PublishCourse>,
) -> Result<HttpResponse, rest::Error> {
    let (operation, body) = (command.operation, command.body);
    let done = service.publish(&author.0, &operation, &course, &expected.0, body);
    let outcome = done.await?;
    let number = outcome.value.published_version.unwrap_or_default();
    let location = format!("/api/v1/courses/{}/versions/{number}", outcome.value.id);
    let version = outcome.value.version;
    Ok(rest::created_at_version(&location, version, &outcome))
}

/// Schedule the publication of a course.
///
/// At that time, the draft is published as it is then. Another schedule takes the place of this one.
#[utoipa::path(tag = "courses", request_body = ScheduleCourse,
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-in-parallel")),
    responses((status = 200, description = "When it will be published.", body = ScheduleView)),
    security(("bearer" = ["courses:write"])))]
#[post("/courses/{course}/schedule")]
pub(crate) async fn schedule_course(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    body: Json<ScheduleCourse>,
) -> Result<HttpResponse, rest::Error> {
    let scheduled = service.schedule(&author.0, &course, body.0).await?;
    Ok(rest::ok(&scheduled))
}

/// Get the schedule of a course.
///
/// For its staff. Once the draft is published, there is none.
#[utoipa::path(tag = "courses",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-in-parallel")),
    responses((status = 200, description = "When it will be published, or why it was not.", body = ScheduleView)),
    security(("bearer" = ["courses:read"])))]
#[get("/courses/{course}/schedule")]
pub(crate) async fn get_course_schedule(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    course: Path<CourseRef>,
) -> Result<HttpResponse, rest::Error> {
    let schedule = service.find_schedule(&caller.0, &course).await?;
    Ok(rest::ok(&schedule))
}

/// Cancel the schedule of a course.
#[utoipa::path(tag = "courses",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-in-parallel")),
    responses((status = 204, description = "It will not be published.")),
    security(("bearer" = ["courses:write"])))]
#[delete("/courses/{course}/schedule")]
pub(crate) async fn cancel_course_schedule(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
) -> Result<HttpResponse, rest::Error> {
    service.cancel_schedule(&author.0, &course).await?;
    Ok(rest::no_content())
}

/// Archive a course.
///
/// It leaves the catalogue and takes no new learners; it can still be read by its URL.
#[utoipa::path(tag = "courses",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), IfMatch),
    responses((status = 200, description = "The archived course.", body = CourseDetail,
        headers(("ETag" = String, description = "The new version.")))),
    security(("bearer" = ["courses:write"])))]
#[post("/courses/{course}/archive")]
pub(crate) async fn archive_course(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    expected: IfMatch,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let archived = service
        .archive(&author.0, &operation.0, &course, &expected.0)
        .await?;
    Ok(rest::with_version(archived.version, &archived))
}

/// Restore an archived course.
///
/// Its newest version is in the catalogue again and takes learners; the draft is not published.
#[utoipa::path(tag = "courses",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), IfMatch),
    responses((status = 200, description = "The restored course.", body = CourseDetail,
        headers(("ETag" = String, description = "The new version.")))),
    security(("bearer" = ["courses:write"])))]
#[post("/courses/{course}/restore")]
pub(crate) async fn restore_course(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    expected: IfMatch,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let restored = service
        .restore(&author.0, &operation.0, &course, &expected.0)
        .await?;
    Ok(rest::with_version(restored.version, &restored))
}

/// List published versions of a course.
#[utoipa::path(tag = "courses",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), Paging),
    responses((status = 200, description = "A page of versions, the newest first.", body = Paged<VersionSummary>)),
    security(("bearer" = ["courses:read"])))]
#[get("/courses/{course}/versions")]
pub(crate) async fn list_course_versions(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    course: Path<CourseRef>,
    list: List<NoFilter>,
) -> Result<HttpResponse, rest::Error> {
    let page = service.list(&caller.0, &course, &list.page_request).await?;
    Ok(rest::list(&list, page))
}

/// Get a published version of a course.
#[utoipa::path(tag = "courses",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"),
        ("number" = i64, Path, description = "The number of the version.", minimum = 1, maximum = 1_000_000, example = 1)),
    responses((status = 200, description = "The version.", body = VersionDetail)),
    security(("bearer" = ["courses:read"])))]
#[get("/courses/{course}/versions/{number}")]
pub(crate) async fn get_course_version(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    path: Path<(CourseRef, i64)>,
) -> Result<HttpResponse, rest::Error> {
    let (course, number) = &*path;
    let version = service.find(&caller.0, course, *number).await?;
    Ok(edition(false, version.number, &version))
}

/// Compare two published versions of a course.
///
/// Every section, lesson and exercise that is not the same, with the words that came and went. For the staff of the
/// course, because it shows the answers of exercises.
#[utoipa::path(tag = "courses",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"),
        ("number" = i64, Path, description = "The number of the earlier version.", minimum = 1, maximum = 1_000_000, example = 1),
        ("other" = i64, Path, description = "The number of the later version.", minimum = 1, maximum = 1_000_000, example = 1), Paging),
    responses((status = 200, description = "A page of changes, in the order of the later version; behind them what is gone.", body = Paged<VersionChange>)),
    security(("bearer" = ["courses:read"])))]
#[get("/courses/{course}/versions/{number}/diff/{other}")]
pub(crate) async fn compare_course_versions(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    path: Path<(CourseRef, i64, i64)>,
    list: List<NoFilter>,
) -> Result<HttpResponse, rest::Error> {
    let (course, number, other) = &*path;
    let numbers = (*number, *other);
    let page = service
        .diff(&caller.0, course, numbers, &list.page_request)
        .await?;
    Ok(rest::list(&list, page))
}

/// 200 with what was read: a draft with the ETag that guards its change, a published version
/// with one that no change accepts.
pub(crate) fn edition(draft: bool, version: i64, body: &impl Serialize) -> HttpResponse {
    if draft {
        return rest::with_version(version, body);
    }
    // An outline shows the slug of today, which is not of the version.
    rest::with_etag_of(&format!("published-{version}"), body)
}
