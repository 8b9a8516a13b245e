//! Who works on a course.

use actix_web::{HttpResponse, delete, get, put, web};
use contracts::course_ref::CourseRef;
use kernel::UserId;
use rest::{Command, IfMatch, Instructor, List, NoFilter, Op, Paged, Paging, Path};

use crate::authoring::request::PutStaff;
use crate::authoring::service::Service;
use crate::authoring::view::StaffView;

/// List staff of a course.
#[utoipa::path(tag = "staff",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), Paging),
    responses((status = 200, description = "A page of staff members, the earliest first.", body = Paged<StaffView>)),
    security(("bearer" = ["courses:read"])))]
#[get("/courses/{course}/staff")]
pub(crate) async fn list_course_staff(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    list: List<NoFilter>,
) -> Result<HttpResponse, rest::Error> {
    let page = service
        .list_staff(&author.0, &course, &list.page_request)
        .await?;
    Ok(rest::list(&list, page))
}

/// Set the role of a staff member of a course.
///
/// Adds the user to the staff or changes their role; they must be an instructor. `If-Match` takes
/// the ETag of the course.
#[utoipa::path(tag = "staff", request_body = PutStaff,
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"),
        ("user" = UserId, Path, description = "The user.", example = "01940000-0000-7000-8000-000000000a03"), IfMatch),
    responses((status = 200, description = "The staff member.", body = StaffView,
        headers(("ETag" = String, description = "The new version of the course.")))),
    security(("bearer" = ["courses:write"])))]
#[put("/courses/{course}/staff/{user}")]
pub(crate) async fn replace_course_staff_member(
    service: web::Data<Service>,
    author: Instructor,
    path: Path<(CourseRef, UserId)>,
    expected: IfMatch,
    command: Command<PutStaff>,
) -> Result<HttpResponse, rest::Error> {
    let (course, user) = &*path;
    let (operation, body) = (command.operation, command.body);
    let done = service.put_staff(&author.0, &operation, course, &expected.0, *user, body);
    let (view, version) = done.await?;
    Ok(rest::with_version(version, &view))
}

/// Remove a staff member from a course.
///
/// `If-Match` takes the ETag of the course.
#[utoipa::path(tag = "staff",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-in-parallel"),
        ("user" = UserId, Path, description = "The user.", example = "01940000-0000-7000-8000-000000000a03"), IfMatch),
    responses((status = 204, description = "They were removed from the staff.")),
    security(("bearer" = ["courses:write"])))]
#[delete("/courses/{course}/staff/{user}")]
pub(crate) async fn delete_course_staff_member(
    service: web::Data<Service>,
    author: Instructor,
    path: Path<(CourseRef, UserId)>,
    expected: IfMatch,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let (course, user) = &*path;
    service
        .delete_staff(&author.0, &operation.0, course, &expected.0, *user)
        .await?;
    Ok(rest::no_content())
}
