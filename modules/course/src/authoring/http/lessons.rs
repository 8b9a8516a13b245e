//! The lessons of a draft and their order.

use actix_web::{HttpResponse, delete, patch, post, put, web};
use contracts::course_ref::CourseRef;
use kernel::LessonId;
use rest::{Command, IdempotencyHeader, IfMatch, Instructor, Op, Path};

use crate::authoring::request::{ChangeLesson, CreateLesson, OrderLessons};
use crate::authoring::service::Service;
use crate::authoring::view::LessonDetail;

/// Create a lesson in the draft.
///
/// `section_id` is the `id` of a section, from `list_sections` or `create_section`.
/// A course has at most 500 lessons.
/// 422 `course.size_limit_exceeded` when the texts of the course would have more than 4 MiB.
#[utoipa::path(tag = "lessons", request_body = CreateLesson,
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), IdempotencyHeader),
    responses((status = 201, description = "The lesson.", body = LessonDetail,
        headers(("ETag" = String, description = "The version, for If-Match."),
            ("Location" = String, description = "The URL of the lesson.")))),
    security(("bearer" = ["courses:write"])))]
#[post("/courses/{course}/lessons")]
pub(crate) async fn create_lesson(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    command: Command<CreateLesson>,
) -> Result<HttpResponse, rest::Error> {
    let outcome = service
        .create_lesson(&author.0, &command.operation, &course, command.body)
        .await?;
    let location = format!("/api/v1/lessons/{}", outcome.value.id);
    let version = outcome.value.version;
    Ok(rest::created_at_version(&location, version, &outcome))
}

/// Reorder sections and lessons of the draft.
///
/// Names every section and every lesson of the course exactly once; `If-Match` takes the ETag of the course.
#[utoipa::path(tag = "lessons", request_body = OrderLessons,
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), IfMatch),
    responses((status = 204, description = "The order was saved.")),
    security(("bearer" = ["courses:write"])))]
#[put("/courses/{course}/lessons/order")]
pub(crate) async fn reorder_lessons(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    expected: IfMatch,
    command: Command<OrderLessons>,
) -> Result<HttpResponse, rest::Error> {
    let (operation, body) = (command.operation, command.body);
    let done = service.reorder_lessons(&author.0, &operation, &course, &expected.0, body);
    done.await?;
    Ok(rest::no_content())
}

/// Update a lesson of the draft.
///
/// 422 `course.size_limit_exceeded` when the texts of the course would have more than 4 MiB.
#[utoipa::path(tag = "lessons", request_body = ChangeLesson,
    params(("lesson" = LessonId, Path, description = "The lesson.", example = "01940000-0000-7000-8000-000000000101"), IfMatch),
    responses((status = 200, description = "The lesson.", body = LessonDetail,
        headers(("ETag" = String, description = "The new version.")))),
    security(("bearer" = ["courses:write"])))]
#[patch("/lessons/{lesson}")]
pub(crate) async fn update_lesson(
    service: web::Data<Service>,
    author: Instructor,
    lesson: Path<LessonId>,
    expected: IfMatch,
    command: Command<ChangeLesson>,
) -> Result<HttpResponse, rest::Error> {
    let (operation, body) = (command.operation, command.body);
    let done = service.update_lesson(&author.0, &operation, *lesson, &expected.0, body);
    let changed = done.await?;
    Ok(rest::with_version(changed.version, &changed))
}

/// Delete a lesson of the draft.
///
/// Its exercises go with it; published versions keep both.
#[utoipa::path(tag = "lessons",
    params(("lesson" = LessonId, Path, description = "The lesson.", example = "01940000-0000-7000-8000-000000000101"), IfMatch),
    responses((status = 204, description = "The lesson was deleted from the draft.")),
    security(("bearer" = ["courses:write"])))]
#[delete("/lessons/{lesson}")]
pub(crate) async fn delete_lesson(
    service: web::Data<Service>,
    author: Instructor,
    lesson: Path<LessonId>,
    expected: IfMatch,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    service
        .delete_lesson(&author.0, &operation.0, *lesson, &expected.0)
        .await?;
    Ok(rest::no_content())
}
