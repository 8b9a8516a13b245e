//! The lessons of a course.

use actix_web::{HttpResponse, delete, get, patch, post, put, web};
use kernel::LessonId;
use rest::{
    Command, IdempotencyHeader, IfMatch, Instructor, Learner, List, Op, Paged, Paging, Path, Query,
};

use super::edition;
use crate::command::{ChangeLesson, CreateLesson, EditionQuery, OrderLessons, ReadLesson};
use crate::reference::CourseRef;
use crate::service::Service;
use crate::view::{LessonDetail, LessonSummary};

/// List the lessons of a course.
#[utoipa::path(tag = "lessons",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), EditionQuery, Paging),
    responses((status = 200, description = "A page of lessons in order.", body = Paged<LessonSummary>)),
    security(("bearer" = ["courses:read"])))]
#[get("/courses/{course}/lessons")]
pub(crate) async fn list_lessons(
    service: web::Data<Service>,
    caller: Learner,
    course: Path<CourseRef>,
    list: List<EditionQuery>,
) -> Result<HttpResponse, rest::Error> {
    let page = service
        .lessons(&caller.0, &course, &list.filter, &list.slice)
        .await?;
    Ok(rest::list(&list, page))
}

/// Add a lesson to the draft.
#[utoipa::path(tag = "lessons", request_body = CreateLesson,
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), IdempotencyHeader),
    responses((status = 201, description = "The lesson.", body = LessonDetail,
        headers(("ETag" = String, description = "The version, for If-Match."),
            ("Location" = String, description = "The address of the lesson.")))),
    security(("bearer" = ["courses:write"])))]
#[post("/courses/{course}/lessons")]
pub(crate) async fn create_lesson(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    command: Command<CreateLesson>,
) -> Result<HttpResponse, rest::Error> {
    let outcome = service
        .add_lesson(&author.0, &command.operation, &course, command.body)
        .await?;
    let location = format!("/api/v1/lessons/{}", outcome.value.id);
    Ok(rest::created_at_version(
        &location,
        outcome.value.version,
        &outcome,
    ))
}

/// Put the sections and lessons of the draft in order.
///
/// Names every section and every lesson of the course exactly once; `If-Match` takes the ETag of the course.
#[utoipa::path(tag = "lessons", request_body = OrderLessons,
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), IfMatch),
    responses((status = 204, description = "The order is kept.")),
    security(("bearer" = ["courses:write"])))]
#[put("/courses/{course}/lessons/order")]
pub(crate) async fn order_lessons(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    expected: IfMatch,
    command: Command<OrderLessons>,
) -> Result<HttpResponse, rest::Error> {
    service
        .order_lessons(
            &author.0,
            &command.operation,
            &course,
            &expected.0,
            command.body,
        )
        .await?;
    Ok(rest::no_content())
}

/// Read a lesson.
///
/// Readers get it as the newest published version of its course has it, or the version that they name.
#[utoipa::path(tag = "lessons",
    params(("lesson" = LessonId, Path, description = "The lesson.", example = "01940000-0000-7000-8000-000000000101"), ReadLesson),
    responses((status = 200, description = "The lesson.", body = LessonDetail,
        headers(("ETag" = String, description = "Of the draft, the version for If-Match.")))),
    security(("bearer" = ["courses:read"])))]
#[get("/lessons/{lesson}")]
pub(crate) async fn read_lesson(
    service: web::Data<Service>,
    caller: Learner,
    lesson: Path<LessonId>,
    query: Query<ReadLesson>,
) -> Result<HttpResponse, rest::Error> {
    let lesson = service.lesson(&caller.0, *lesson, &query.0).await?;
    Ok(edition(lesson.draft, lesson.version, &lesson))
}

/// Change a lesson of the draft.
#[utoipa::path(tag = "lessons", request_body = ChangeLesson,
    params(("lesson" = LessonId, Path, description = "The lesson.", example = "01940000-0000-7000-8000-000000000101"), IfMatch),
    responses((status = 200, description = "The lesson.", body = LessonDetail,
        headers(("ETag" = String, description = "The new version.")))),
    security(("bearer" = ["courses:write"])))]
#[patch("/lessons/{lesson}")]
pub(crate) async fn change_lesson(
    service: web::Data<Service>,
    author: Instructor,
    lesson: Path<LessonId>,
    expected: IfMatch,
    command: Command<ChangeLesson>,
) -> Result<HttpResponse, rest::Error> {
    let changed = service
        .change_lesson(
            &author.0,
            &command.operation,
            *lesson,
            &expected.0,
            command.body,
        )
        .await?;
    Ok(rest::with_version(changed.version, &changed))
}

/// Delete a lesson from the draft.
///
/// Its exercises go with it; published versions keep both.
#[utoipa::path(tag = "lessons",
    params(("lesson" = LessonId, Path, description = "The lesson.", example = "01940000-0000-7000-8000-000000000101"), IfMatch),
    responses((status = 204, description = "The lesson is gone from the draft.")),
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
        .remove_lesson(&author.0, &operation.0, *lesson, &expected.0)
        .await?;
    Ok(rest::no_content())
}
