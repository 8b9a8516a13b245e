//! Courses as a whole.

use actix_web::{HttpResponse, delete, patch, post, web};
use contracts::course_ref::CourseRef;
use rest::{Command, IdempotencyHeader, IfMatch, Instructor, Op, Path};

use crate::authoring::request::{ChangeCourse, CourseBatch, CreateCourse};
use crate::authoring::service::Service;
use crate::authoring::view::{CourseBatchResult, CourseDetail};

/// Create a course.
///
/// The course begins as a draft that only its staff can see; you are its owner.
/// All texts of a draft together have at most 4 MiB (4,194,304 bytes) as JSON, with its sections,
/// lessons and exercises; a change beyond that answers 422 `course.size_limit_exceeded`.
#[utoipa::path(tag = "courses", request_body = CreateCourse, params(IdempotencyHeader),
    responses((status = 201, description = "The draft.", body = CourseDetail,
        headers(("ETag" = String, description = "The version, for If-Match."),
            ("Location" = String, description = "The URL of the course.")))),
    security(("bearer" = ["courses:write"])))]
#[post("/courses")]
pub(crate) async fn create_course(
    service: web::Data<Service>,
    author: Instructor,
    command: Command<CreateCourse>,
) -> Result<HttpResponse, rest::Error> {
    let outcome = service
        .create_course(&author.0, &command.operation, command.body)
        .await?;
    let location = format!("/api/v1/courses/{}", outcome.value.id);
    let version = outcome.value.version;
    Ok(rest::created_at_version(&location, version, &outcome))
}

/// Update the draft of a course.
///
/// A JSON merge patch; learners see the change when the course is published, except for the slug, which
/// changes at once and is then free for another course: share links with the id.
/// 422 `course.size_limit_exceeded` when the texts of the course would have more than 4 MiB.
#[utoipa::path(tag = "courses", request_body = ChangeCourse,
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), IfMatch),
    responses((status = 200, description = "The draft.", body = CourseDetail,
        headers(("ETag" = String, description = "The new version.")))),
    security(("bearer" = ["courses:write"])))]
#[patch("/courses/{course}")]
pub(crate) async fn update_course(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    expected: IfMatch,
    command: Command<ChangeCourse>,
) -> Result<HttpResponse, rest::Error> {
    let (operation, body) = (command.operation, command.body);
    let done = service.update_course(&author.0, &operation, &course, &expected.0, body);
    let changed = done.await?;
    Ok(rest::with_version(changed.version, &changed))
}

/// Change many parts of the draft of a course.
///
/// Creates, changes, moves, and deletes sections, lessons, and exercises in the order of the request: all of it or
/// nothing. A part that is created can be named by a UUID of your choice in later operations. The pointers of a
/// problem begin with the operation that failed. `If-Match` takes the ETag of the course.
#[utoipa::path(tag = "courses", request_body = CourseBatch,
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), IfMatch, IdempotencyHeader),
    responses((status = 200, description = "The id of each part, and the new version of the course.", body = CourseBatchResult,
        headers(("ETag" = String, description = "The new version.")))),
    security(("bearer" = ["courses:write"])))]
#[post("/courses/{course}/batch")]
pub(crate) async fn apply_course_batch(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    expected: IfMatch,
    command: Command<CourseBatch>,
) -> Result<HttpResponse, rest::Error> {
    let (operation, body) = (command.operation, command.body);
    let done = service.apply_batch(&author.0, &operation, &course, &expected.0, body);
    let outcome = done.await?;
    let version = outcome.value.version;
    Ok(rest::done_at_version(version, &outcome))
}

/// Delete a course that was never published.
#[utoipa::path(tag = "courses",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-in-parallel"), IfMatch),
    responses((status = 204, description = "The course was deleted.")),
    security(("bearer" = ["courses:write"])))]
#[delete("/courses/{course}")]
pub(crate) async fn delete_course(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    expected: IfMatch,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    service
        .delete_course(&author.0, &operation.0, &course, &expected.0)
        .await?;
    Ok(rest::no_content())
}
