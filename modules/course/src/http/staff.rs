//! Who works on a course.

use actix_web::{HttpResponse, delete, get, put, web};
use kernel::UserId;
use rest::{Command, IfMatch, Instructor, List, NoFilter, Op, Paged, Paging, Path};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::content::StaffRole;
use crate::reference::CourseRef;
use crate::service::Service;
use crate::view::StaffView;

/// A person's part in a course.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "role": "assistant" }))]
pub(crate) struct PutStaff {
    /// What they do.
    role: StaffRole,
}

/// List the staff of a course.
#[utoipa::path(tag = "staff",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), Paging),
    responses((status = 200, description = "A page of people, the earliest first.", body = Paged<StaffView>)),
    security(("bearer" = ["courses:read"])))]
#[get("/courses/{course}/staff")]
pub(crate) async fn list_course_staff(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    list: List<NoFilter>,
) -> Result<HttpResponse, rest::Error> {
    let (page, _) = service.staff(&author.0, &course, &list.slice).await?;
    Ok(rest::list(&list, page))
}

/// Give a person a part in a course.
///
/// Or another one than they had; they must be an instructor. `If-Match` takes the ETag of the course.
#[utoipa::path(tag = "staff", request_body = PutStaff,
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"),
        ("user" = UserId, Path, description = "The person.", example = "01940000-0000-7000-8000-000000000a03"), IfMatch),
    responses((status = 200, description = "Their part.", body = StaffView,
        headers(("ETag" = String, description = "The new version of the course.")))),
    security(("bearer" = ["courses:write"])))]
#[put("/courses/{course}/staff/{user}")]
pub(crate) async fn put_course_staff(
    service: web::Data<Service>,
    author: Instructor,
    path: Path<(CourseRef, UserId)>,
    expected: IfMatch,
    command: Command<PutStaff>,
) -> Result<HttpResponse, rest::Error> {
    let (course, person) = &*path;
    let (view, version) = service
        .put_staff(
            &author.0,
            &command.operation,
            course,
            &expected.0,
            *person,
            command.body.role,
        )
        .await?;
    Ok(rest::with_version(version, &view))
}

/// Take a person off the staff of a course.
///
/// `If-Match` takes the ETag of the course.
#[utoipa::path(tag = "staff",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-in-parallel"),
        ("user" = UserId, Path, description = "The person.", example = "01940000-0000-7000-8000-000000000a03"), IfMatch),
    responses((status = 204, description = "They are off the staff.")),
    security(("bearer" = ["courses:write"])))]
#[delete("/courses/{course}/staff/{user}")]
pub(crate) async fn delete_course_staff(
    service: web::Data<Service>,
    author: Instructor,
    path: Path<(CourseRef, UserId)>,
    expected: IfMatch,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let (course, person) = &*path;
    service
        .remove_staff(&author.0, &operation.0, course, &expected.0, *person)
        .await?;
    Ok(rest::no_content())
}
