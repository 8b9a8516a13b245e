//! The edge of invitations.

use actix_web::{HttpResponse, delete, get, post, web};
use contracts::course_ref::CourseRef;
use kernel::InvitationId;
use rest::{Command, IdempotencyHeader, Instructor, List, NoFilter, Paged, Paging, Path, Routes};

use super::request::CreateCourseInvitation;
use super::service::Service;
use super::view::InvitationView;

/// Every route of the room.
pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(list_course_invitations)
        .service(create_course_invitation)
        .service(revoke_course_invitation);
}

/// List invitations to a course.
///
/// For its staff; their codes are not shown again.
#[utoipa::path(tag = "enrollments",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), Paging),
    responses((status = 200, description = "A page of invitations, the earliest first.", body = Paged<InvitationView>)),
    security(("bearer" = ["courses:read"])))]
#[get("/courses/{course}/invitations")]
pub(crate) async fn list_course_invitations(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    list: List<NoFilter>,
) -> Result<HttpResponse, rest::Error> {
    let page = service.list(&author.0, &course, &list.page_request).await?;
    Ok(rest::list(&list, page))
}

/// Create an invitation to a course.
///
/// Its code lets people enroll in a course with the visibility `invite`: they send it as `invitation_code` with
/// `POST /api/v1/progress/enrollments`. It is shown only in this response, and not when the request is repeated with
/// the same Idempotency-Key: if the response was lost, revoke the invitation and create another one.
#[utoipa::path(tag = "enrollments", request_body = CreateCourseInvitation,
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), IdempotencyHeader),
    responses((status = 201, description = "The invitation with its code.", body = InvitationView,
        headers(("Location" = String, description = "The URL of the invitation.")))),
    security(("bearer" = ["courses:write"])))]
#[post("/courses/{course}/invitations")]
pub(crate) async fn create_course_invitation(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    command: Command<CreateCourseInvitation>,
) -> Result<HttpResponse, rest::Error> {
    let (operation, body) = (command.operation, command.body);
    let outcome = service.create(&author.0, &operation, &course, body).await?;
    let (course, id) = (outcome.value.course_id, outcome.value.id);
    let location = format!("/api/v1/courses/{course}/invitations/{id}");
    Ok(rest::created(&location, &outcome))
}

/// Revoke an invitation to a course.
///
/// Its code lets nobody in any more; whoever was let in by it stays.
#[utoipa::path(tag = "enrollments",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"),
        ("invitation" = InvitationId, Path, description = "The invitation.", example = "01940000-0000-7000-8000-000000000f01")),
    responses((status = 204, description = "The invitation was revoked.")),
    security(("bearer" = ["courses:write"])))]
#[delete("/courses/{course}/invitations/{invitation}")]
pub(crate) async fn revoke_course_invitation(
    service: web::Data<Service>,
    author: Instructor,
    path: Path<(CourseRef, InvitationId)>,
) -> Result<HttpResponse, rest::Error> {
    let (course, invitation) = &*path;
    service.revoke(&author.0, course, *invitation).await?;
    Ok(rest::no_content())
}
