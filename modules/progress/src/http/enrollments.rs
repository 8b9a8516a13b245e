//! Enrolments of the caller.

use actix_web::{HttpResponse, delete, get, post, web};
use kernel::{CourseId, EnrollmentId};
use rest::{Command, IfMatch, Learner, List, Op, Path};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::answer;
use crate::service::Service;
use crate::view::{EnrollmentStatus, EnrollmentView};

/// The course to enrol in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"course_id": "01940000-0000-7000-8000-000000000001"}))]
pub(crate) struct Enroll {
    course_id: CourseId,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EnrollmentFilter {
    /// Only enrolments that are active, or that were left.
    #[param(inline, required = false)]
    #[serde(default)]
    status: Option<EnrollmentStatus>,
}

/// List your enrolments
///
/// The newest come first.
#[utoipa::path(tag = "enrollments", params(EnrollmentFilter, rest::Paging),
    responses((status = 200, description = "A page of enrolments.", body = rest::Paged<EnrollmentView>)),
    security(("bearer" = ["progress:read"])))]
#[get("/progress/enrollments")]
pub(crate) async fn list_enrollments(
    service: web::Data<Service>,
    learner: Learner,
    list: List<EnrollmentFilter>,
) -> Result<HttpResponse, rest::Error> {
    let page = service
        .enrollments(learner.0.user_id, list.filter.status, &list.slice)
        .await?;
    Ok(rest::list(&list, page))
}

/// Enrol in a course
///
/// You stay on the version that is published now. Who is enrolled already gets the enrolment
/// that is there; who had left comes back with everything that was earned.
#[utoipa::path(tag = "enrollments", request_body = Enroll, params(rest::IdempotencyHeader),
    responses(
        (status = 201, description = "The new enrolment.", body = EnrollmentView, headers(
            ("ETag" = String, description = "The version of the enrolment."),
            ("Location" = String, description = "The address of the enrolment."),
            ("Progress-Version" = String, description = "The version of the progress."))),
        (status = 200, description = "The enrolment that was there.", body = EnrollmentView, headers(
            ("ETag" = String, description = "The version of the enrolment."),
            ("Progress-Version" = String, description = "The version of the progress.")))),
    security(("bearer" = ["progress:write"])))]
#[post("/progress/enrollments")]
pub(crate) async fn enroll(
    service: web::Data<Service>,
    learner: Learner,
    command: Command<Enroll>,
) -> Result<HttpResponse, rest::Error> {
    let outcome = service
        .enroll(
            learner.0.user_id,
            command.body.course_id,
            &command.operation,
        )
        .await?;
    Ok(answer::enrolled(outcome))
}

/// Read an enrolment of yours
#[utoipa::path(tag = "enrollments",
    params(("enrollment" = Uuid, Path, description = "The enrolment.", example = "01940000-0000-7000-8000-000000000e01")),
    responses((status = 200, description = "The enrolment.", body = EnrollmentView, headers(
        ("ETag" = String, description = "The version of the enrolment."),
        ("Progress-Version" = String, description = "The version of the progress.")))),
    security(("bearer" = ["progress:read"])))]
#[get("/progress/enrollments/{enrollment}")]
pub(crate) async fn get_enrollment(
    service: web::Data<Service>,
    learner: Learner,
    enrollment: Path<EnrollmentId>,
) -> Result<HttpResponse, rest::Error> {
    let view = service.enrollment(learner.0.user_id, *enrollment).await?;
    let revision = view.revision;
    Ok(answer::at_version(
        rest::with_version(revision, &view),
        revision,
    ))
}

/// Leave a course
///
/// What you have earned stays, and waits for you when you enrol again.
#[utoipa::path(tag = "enrollments",
    params(("enrollment" = Uuid, Path, description = "The enrolment.", example = "01940000-0000-7000-8000-000000000e01"), rest::IfMatch),
    responses((status = 204, description = "You are no longer in the course.")),
    security(("bearer" = ["progress:write"])))]
#[delete("/progress/enrollments/{enrollment}")]
pub(crate) async fn leave_course(
    service: web::Data<Service>,
    learner: Learner,
    enrollment: Path<EnrollmentId>,
    expected: IfMatch,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    service
        .leave(learner.0.user_id, *enrollment, &expected.0, &operation.0)
        .await?;
    Ok(rest::no_content())
}
