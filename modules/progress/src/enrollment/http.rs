//! The endpoints of enrollments.

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpResponse, delete, get, post, web};
use kernel::{EnrollmentId, Outcome};
use rest::{AuthenticatedUser, Command, IfMatch, List, Op, Path, Routes};

use super::request::{Enroll, EnrollmentFilter, UpgradeEnrollment};
use super::service::Service;
use super::view::{Enrolled, EnrollmentUpgrade, EnrollmentView};

const PROGRESS_VERSION: HeaderName = HeaderName::from_static("progress-version");

pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(list_my_enrollments)
        .service(enroll)
        .service(get_my_enrollment)
        .service(get_my_enrollment_upgrade)
        .service(upgrade_enrollment)
        .service(unenroll);
}

/// List enrollments of the current user
///
/// The newest come first.
#[utoipa::path(tag = "enrollments", params(EnrollmentFilter, rest::Paging),
    responses((status = 200, description = "A page of enrollments.", body = rest::Paged<EnrollmentView>)),
    security(("bearer" = ["progress:read"])))]
#[get("/progress/enrollments")]
async fn list_my_enrollments(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    list: List<EnrollmentFilter>,
) -> Result<HttpResponse, rest::Error> {
    let page = service
        .list(learner.0.user_id, list.filter.status, &list.page_request)
        .await?;
    Ok(rest::list(&list, page))
}

/// Enroll in a course
///
/// You stay on the version that is published now. If you are already enrolled, you get that
/// enrollment; if you had left, you come back with everything that you had earned.
/// The prerequisites of the course have to be completed before, unless you are on its staff or an administrator (409
/// `progress.prerequisites_missing` names those that are not), and a course by invitation needs a code once.
/// If the course has no free seat, the answer is 409 `progress.course_full`: join the waiting list. If the staff has
/// removed you, or the time for which you could learn in it is over, only they can enroll you again (403
/// `progress.learner_removed`, `progress.enrollment_expired`).
#[utoipa::path(tag = "enrollments", request_body = Enroll, params(rest::IdempotencyHeader),
    responses(
        (status = 201, description = "The new enrollment.", body = EnrollmentView, headers(
            ("ETag" = String, description = "The version of the enrollment."),
            ("Location" = String, description = "The URL of the enrollment."),
            ("Progress-Version" = String, description = "The version of the progress."))),
        (status = 200, description = "The existing enrollment.", body = EnrollmentView, headers(
            ("ETag" = String, description = "The version of the enrollment."),
            ("Progress-Version" = String, description = "The version of the progress.")))),
    security(("bearer" = ["progress:write"])))]
#[post("/progress/enrollments")]
async fn enroll(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    command: Command<Enroll>,
) -> Result<HttpResponse, rest::Error> {
    let outcome = service
        .enroll(learner.0.user_id, &command.body, &command.operation)
        .await?;
    Ok(enrolled(outcome))
}

/// Get an enrollment of the current user
#[utoipa::path(tag = "enrollments",
    params(("enrollment" = Uuid, Path, description = "The enrollment.", example = "01940000-0000-7000-8000-000000000e01")),
    responses((status = 200, description = "The enrollment.", body = EnrollmentView, headers(
        ("ETag" = String, description = "The version of the enrollment."),
        ("Progress-Version" = String, description = "The version of the progress.")))),
    security(("bearer" = ["progress:read"])))]
#[get("/progress/enrollments/{enrollment}")]
async fn get_my_enrollment(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    enrollment: Path<EnrollmentId>,
) -> Result<HttpResponse, rest::Error> {
    let view = service.find(learner.0.user_id, *enrollment).await?;
    let revision = view.revision;
    let response = rest::with_version_and_body(revision, &view);
    Ok(at_version(response, revision))
}

/// Get what an upgrade of an enrollment would change
///
/// Compares the version that you are on with the newest one, lesson by lesson. Nothing is changed; points and
/// completed lessons that you have earned are never taken away.
#[utoipa::path(tag = "enrollments",
    params(("enrollment" = Uuid, Path, description = "The enrollment.", example = "01940000-0000-7000-8000-000000000e01")),
    responses((status = 200, description = "The counts before and after, and each lesson.", body = EnrollmentUpgrade)),
    security(("bearer" = ["progress:read"])))]
#[get("/progress/enrollments/{enrollment}/upgrade")]
async fn get_my_enrollment_upgrade(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    enrollment: Path<EnrollmentId>,
) -> Result<HttpResponse, rest::Error> {
    let learner = learner.0.user_id;
    let upgrade = service.preview_upgrade(learner, *enrollment).await?;
    Ok(rest::ok(&upgrade))
}

/// Upgrade an enrollment to the newest version
///
/// Lessons and exercises that both versions have keep what you have earned. Moving to the version that you are
/// on changes nothing.
#[utoipa::path(tag = "enrollments", request_body = UpgradeEnrollment,
    params(("enrollment" = Uuid, Path, description = "The enrollment.", example = "01940000-0000-7000-8000-000000000e01"), rest::IfMatch, rest::IdempotencyHeader),
    responses((status = 200, description = "The enrollment on the newest version.", body = EnrollmentView, headers(
        ("ETag" = String, description = "The version of the enrollment."),
        ("Progress-Version" = String, description = "The version of the progress.")))),
    security(("bearer" = ["progress:write"])))]
#[post("/progress/enrollments/{enrollment}/upgrade")]
async fn upgrade_enrollment(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    enrollment: Path<EnrollmentId>,
    expected: IfMatch,
    command: Command<UpgradeEnrollment>,
) -> Result<HttpResponse, rest::Error> {
    let (learner, id) = (learner.0.user_id, *enrollment);
    let Command { operation, body } = command;
    let upgrade = service.upgrade(learner, id, &body, &expected.0, &operation);
    let outcome = upgrade.await?;
    let revision = outcome.value.revision;
    let response = rest::done_at_version(revision, &outcome);
    Ok(at_version(response, revision))
}

/// Unenroll from a course
///
/// What you have earned is kept and comes back when you enroll again.
#[utoipa::path(tag = "enrollments",
    params(("enrollment" = Uuid, Path, description = "The enrollment.", example = "01940000-0000-7000-8000-000000000e01"), rest::IfMatch),
    responses((status = 204, description = "You are no longer enrolled.")),
    security(("bearer" = ["progress:write"])))]
#[delete("/progress/enrollments/{enrollment}")]
async fn unenroll(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    enrollment: Path<EnrollmentId>,
    expected: IfMatch,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    service
        .leave(learner.0.user_id, *enrollment, &expected.0, &operation.0)
        .await?;
    Ok(rest::no_content())
}

/// 201 for a new enrollment, 200 for one that was there.
fn enrolled(outcome: Outcome<Enrolled>) -> HttpResponse {
    let created = outcome.value.created;
    let outcome = outcome.map(|enrolled| enrolled.enrollment);
    let revision = outcome.value.revision;
    let location = format!("/api/v1/progress/enrollments/{}", outcome.value.id);
    let response = if created {
        rest::created_at_version(&location, revision, &outcome)
    } else {
        rest::with_version_and_body(revision, &outcome.value)
    };
    at_version(response, revision)
}

/// Adds the `Progress-Version` that a later read may require.
pub(crate) fn at_version(mut response: HttpResponse, revision: i64) -> HttpResponse {
    response
        .headers_mut()
        .insert(PROGRESS_VERSION, HeaderValue::from(revision));
    response
}
