//! The edge of enrollments.

use actix_web::{HttpResponse, get, web};
use contracts::course_ref::CourseRef;
use rest::{Instructor, List, Paged, Paging, Path, Routes};

use super::request::ListCourseEnrollments;
use super::service::Service;
use super::view::CourseEnrollment;

/// Every route of the room.
pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(list_course_enrollments);
}

/// List enrollments in a course.
///
/// Who takes the course on which version, for its staff.
#[utoipa::path(tag = "staff",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), ListCourseEnrollments, Paging),
    responses((status = 200, description = "A page of learners, by their ids.", body = Paged<CourseEnrollment>)),
    security(("bearer" = ["courses:read"])))]
#[get("/courses/{course}/enrollments")]
pub(crate) async fn list_course_enrollments(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    list: List<ListCourseEnrollments>,
) -> Result<HttpResponse, rest::Error> {
    let page = service
        .list(&author.0, &course, list.filter.version, &list.page_request)
        .await?;
    Ok(rest::list(&list, page))
}
