//! The endpoints by which the staff of a course brings learners in and takes them out.

use actix_web::{HttpResponse, delete, post, put, web};
use contracts::course_ref::CourseRef;
use kernel::UserId;
use rest::{Command, Instructor, Json, Op, Path, Routes};

use super::request::{EnrollLearners, ReplaceLearnerAccess};
use super::service::Service;
use super::view::{EnrollmentBatch, LearnerAccess};

pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(enroll_learners)
        .service(replace_learner_access)
        .service(delete_course_learner);
}

/// Enroll learners in a course
///
/// For those who may change the course: up to 100 users, named by id, username, or verified email address, as a list
/// or as CSV. Each one is enrolled for themselves, so that a name that is refused holds up no other. Prerequisites and
/// invitations are not required of them; whoever finds no seat is put on the waiting list. With `dry_run`, nothing is
/// changed.
#[utoipa::path(tag = "teaching", request_body = EnrollLearners, params(rest::IdempotencyHeader),
    responses((status = 200, description = "What has become of each name.", body = EnrollmentBatch)),
    security(("bearer" = ["courses:write"])))]
#[post("/progress/enrollments/batch")]
async fn enroll_learners(
    service: web::Data<Service>,
    author: Instructor,
    command: Command<EnrollLearners>,
) -> Result<HttpResponse, rest::Error> {
    let Command { operation, body } = command;
    let done = service.enroll(&author.0, &body, &operation).await?;
    Ok(rest::done(&done))
}

/// Replace the access of a learner to a course
///
/// For those who may change the course: until when the learner can learn in it, sooner or later than before. Whose time
/// was over is enrolled again, if there is a seat for them. With a moment in the past, the enrollment ends now; what the
/// learner has earned is kept.
#[utoipa::path(tag = "teaching", request_body = ReplaceLearnerAccess,
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"),
        ("learner" = UserId, Path, description = "The learner.", example = "01940000-0000-7000-8000-000000000a01")),
    responses((status = 200, description = "The access of the learner.", body = LearnerAccess)),
    security(("bearer" = ["courses:write"])))]
#[put("/progress/courses/{course}/learners/{learner}/access")]
async fn replace_learner_access(
    service: web::Data<Service>,
    author: Instructor,
    path: Path<(CourseRef, UserId)>,
    body: Json<ReplaceLearnerAccess>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let (course, learner) = &*path;
    let set = service.set_access(&author.0, course, *learner, &body.0, &operation.0);
    Ok(rest::ok(&set.await?))
}

/// Remove a learner from a course
///
/// For those who may change the course. What the learner has earned is kept, but they cannot come back by themselves:
/// only the staff enrolls them again. A learner who waits for a seat is removed from the waiting list.
#[utoipa::path(tag = "teaching",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"),
        ("learner" = UserId, Path, description = "The learner.", example = "01940000-0000-7000-8000-000000000a01")),
    responses((status = 204, description = "The learner is no longer enrolled.")),
    security(("bearer" = ["courses:write"])))]
#[delete("/progress/courses/{course}/learners/{learner}")]
async fn delete_course_learner(
    service: web::Data<Service>,
    author: Instructor,
    path: Path<(CourseRef, UserId)>,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let (course, learner) = &*path;
    service
        .remove(&author.0, course, *learner, &operation.0)
        .await?;
    Ok(rest::no_content())
}
