//! Courses as a whole.

use actix_web::{FromRequest, HttpRequest, HttpResponse, delete, get, patch, post, web};
use rest::{Command, IdempotencyHeader, IfMatch, Instructor, Learner, Op, Path, Query};
use serde::Deserialize;
use utoipa::ToSchema;

use super::ready::{Readers, Ready};
use crate::command::{ChangeCourse, CreateCourse, EditionQuery};
use crate::reference::CourseRef;
use crate::service::Service;
use crate::view::CourseDetail;

/// What a new version brings.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "change_notes": "A new lesson on pointers." }))]
pub(crate) struct PublishCourse {
    /// What is new, for those who take the course.
    #[serde(default)]
    #[schema(max_length = 5000)]
    change_notes: String,
}

/// Create a course.
///
/// The course begins as a draft that only its staff can see; you are its owner.
#[utoipa::path(tag = "courses", request_body = CreateCourse, params(IdempotencyHeader),
    responses((status = 201, description = "The draft.", body = CourseDetail,
        headers(("ETag" = String, description = "The version, for If-Match."),
            ("Location" = String, description = "The address of the course.")))),
    security(("bearer" = ["courses:write"])))]
#[post("/courses")]
pub(crate) async fn create_course(
    service: web::Data<Service>,
    author: Instructor,
    command: Command<CreateCourse>,
) -> Result<HttpResponse, rest::Error> {
    let outcome = service
        .create(&author.0, &command.operation, command.body)
        .await?;
    let location = format!("/api/v1/courses/{}", outcome.value.id);
    Ok(rest::created_at_version(
        &location,
        outcome.value.version,
        &outcome,
    ))
}

/// Read a course.
///
/// Readers get the newest published version, or the one that they name; the staff may ask for the draft.
#[utoipa::path(tag = "courses",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), EditionQuery),
    responses((status = 200, description = "The course.", body = CourseDetail,
        headers(("ETag" = String, description = "The version, for If-Match.")))),
    security(("bearer" = ["courses:read"])))]
#[get("/courses/{course}")]
pub(crate) async fn read_course(
    service: web::Data<Service>,
    ready: web::Data<Ready>,
    caller: Learner,
    req: HttpRequest,
) -> Result<HttpResponse, rest::Error> {
    let make = async || {
        let course = Path::<CourseRef>::extract(&req).await?;
        let query = Query::<EditionQuery>::extract(&req).await?;
        let course = service.find(&caller.0, &course, &query.0).await?;
        let readers = Readers::of_edition(course.shown_version);
        Ok((rest::with_version(course.version, &course), readers))
    };
    ready.serve(&req, Some(caller.0.user_id), make).await
}

/// Change the draft of a course.
///
/// A JSON merge patch; learners see the change when the course is published, but for the slug.
#[utoipa::path(tag = "courses", request_body = ChangeCourse,
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), IfMatch),
    responses((status = 200, description = "The draft.", body = CourseDetail,
        headers(("ETag" = String, description = "The new version.")))),
    security(("bearer" = ["courses:write"])))]
#[patch("/courses/{course}")]
pub(crate) async fn change_course(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    expected: IfMatch,
    command: Command<ChangeCourse>,
) -> Result<HttpResponse, rest::Error> {
    let changed = service
        .change(
            &author.0,
            &command.operation,
            &course,
            &expected.0,
            command.body,
        )
        .await?;
    Ok(rest::with_version(changed.version, &changed))
}

/// Delete a course that never was published.
#[utoipa::path(tag = "courses",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-in-parallel"), IfMatch),
    responses((status = 204, description = "The course is gone.")),
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
        .remove(&author.0, &operation.0, &course, &expected.0)
        .await?;
    Ok(rest::no_content())
}

/// Publish the draft of a course.
///
/// Makes an immutable, numbered version of it, which from now on is what readers get.
#[utoipa::path(tag = "courses", request_body = PublishCourse,
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-in-parallel"), IfMatch, IdempotencyHeader),
    responses((status = 201, description = "The course with its new version.", body = CourseDetail,
        headers(("ETag" = String, description = "The version of the course."),
            ("Location" = String, description = "The address of the published version.")))),
    security(("bearer" = ["courses:write"])))]
#[post("/courses/{course}/publish")]
pub(crate) async fn publish_course(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    expected: IfMatch,
    command: Command<PublishCourse>,
) -> Result<HttpResponse, rest::Error> {
    let notes = command.body.change_notes;
    let outcome = service
        .publish(&author.0, &command.operation, &course, &expected.0, notes)
        .await?;
    let number = outcome.value.published_version.unwrap_or_default();
    let location = format!("/api/v1/courses/{}/versions/{number}", outcome.value.id);
    Ok(rest::created_at_version(
        &location,
        outcome.value.version,
        &outcome,
    ))
}

/// Archive a course.
///
/// It leaves the catalogue and takes no new learners; those who know its address still read it.
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
