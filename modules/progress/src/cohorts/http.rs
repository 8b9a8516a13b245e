//! The endpoints of cohorts.

use actix_web::{HttpResponse, delete, get, patch, post, web};
use contracts::course_ref::CourseRef;
use kernel::CohortId;
use rest::{Command, IfMatch, Instructor, Json, List, NoFilter, Path, Routes};

use super::request::{ChangeMembers, CreateCohort, UpdateCohort};
use super::service::Service;
use super::view::{CohortBatch, CohortMember, CohortView};

pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(list_course_cohorts)
        .service(create_cohort)
        .service(get_cohort)
        .service(update_cohort)
        .service(delete_cohort)
        .service(list_cohort_members)
        .service(apply_cohort_batch);
}

/// List cohorts of a course
///
/// For those who may change the course; the oldest come first.
#[utoipa::path(tag = "teaching",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), rest::Paging),
    responses((status = 200, description = "A page of cohorts.", body = rest::Paged<CohortView>)),
    security(("bearer" = ["courses:read"])))]
#[get("/progress/courses/{course}/cohorts")]
async fn list_course_cohorts(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    list: List<NoFilter>,
) -> Result<HttpResponse, rest::Error> {
    let page = service.list(&author.0, &course, &list.page_request).await?;
    Ok(rest::list(&list, page))
}

/// Create a cohort of a course
///
/// For those who may change the course. A cohort is a group of its learners, with up to 1,000 members; each learner is in
/// one cohort of a course at most, and a course has up to 100. The dates are informational and do
/// not restrict access.
#[utoipa::path(tag = "teaching", request_body = CreateCohort,
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), rest::IdempotencyHeader),
    responses((status = 201, description = "The cohort.", body = CohortView,
        headers(("Location" = String, description = "The URL of the cohort."),
            ("ETag" = String, description = "The version, for If-Match.")))),
    security(("bearer" = ["courses:write"])))]
#[post("/progress/courses/{course}/cohorts")]
async fn create_cohort(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    command: Command<CreateCohort>,
) -> Result<HttpResponse, rest::Error> {
    let Command { operation, body } = command;
    let created = service.create(&author.0, &course, &body, &operation);
    let outcome = created.await?;
    let location = format!("/api/v1/progress/cohorts/{}", outcome.value.id);
    let version = outcome.value.version;
    Ok(rest::created_at_version(&location, version, &outcome))
}

/// Get a cohort
///
/// For those who may change its course. Learners see their own cohort in their enrollment.
#[utoipa::path(tag = "teaching",
    params(("cohort" = CohortId, Path, description = "The cohort.", example = "01940000-0000-7000-8000-00000000c001")),
    responses((status = 200, description = "The cohort.", body = CohortView,
        headers(("ETag" = String, description = "The version, for If-Match.")))),
    security(("bearer" = ["courses:read"])))]
#[get("/progress/cohorts/{cohort}")]
async fn get_cohort(
    service: web::Data<Service>,
    author: Instructor,
    cohort: Path<CohortId>,
) -> Result<HttpResponse, rest::Error> {
    let view = service.find(&author.0, *cohort).await?;
    Ok(rest::with_version_and_body(view.version, &view))
}

/// Update a cohort
///
/// For those who may change its course. Its members see the new name and the new days.
#[utoipa::path(tag = "teaching", request_body = UpdateCohort,
    params(("cohort" = CohortId, Path, description = "The cohort.", example = "01940000-0000-7000-8000-00000000c001"), IfMatch),
    responses((status = 200, description = "The changed cohort.", body = CohortView,
        headers(("ETag" = String, description = "The new version.")))),
    security(("bearer" = ["courses:write"])))]
#[patch("/progress/cohorts/{cohort}")]
async fn update_cohort(
    service: web::Data<Service>,
    author: Instructor,
    cohort: Path<CohortId>,
    expected: IfMatch,
    body: Json<UpdateCohort>,
) -> Result<HttpResponse, rest::Error> {
    let changed = service.update(&author.0, *cohort, &expected.0, &body.0);
    let view = changed.await?;
    Ok(rest::with_version_and_body(view.version, &view))
}

/// Delete a cohort
///
/// For those who may change its course. Its members stay in the course, with everything that they have earned.
#[utoipa::path(tag = "teaching",
    params(("cohort" = CohortId, Path, description = "The cohort.", example = "01940000-0000-7000-8000-00000000c001"), IfMatch),
    responses((status = 204, description = "The cohort was deleted.")),
    security(("bearer" = ["courses:write"])))]
#[delete("/progress/cohorts/{cohort}")]
async fn delete_cohort(
    service: web::Data<Service>,
    author: Instructor,
    cohort: Path<CohortId>,
    expected: IfMatch,
) -> Result<HttpResponse, rest::Error> {
    service.delete(&author.0, *cohort, &expected.0).await?;
    Ok(rest::no_content())
}

/// List members of a cohort
///
/// For those who may change its course, in the order in which they enrolled. Members who have left the course are listed
/// too; they are in the cohort again when they come back.
#[utoipa::path(tag = "teaching",
    params(("cohort" = CohortId, Path, description = "The cohort.", example = "01940000-0000-7000-8000-00000000c001"), rest::Paging),
    responses((status = 200, description = "A page of members.", body = rest::Paged<CohortMember>)),
    security(("bearer" = ["courses:read"])))]
#[get("/progress/cohorts/{cohort}/members")]
async fn list_cohort_members(
    service: web::Data<Service>,
    author: Instructor,
    cohort: Path<CohortId>,
    list: List<NoFilter>,
) -> Result<HttpResponse, rest::Error> {
    let page = service.list_members(&author.0, *cohort, &list.page_request);
    Ok(rest::list(&list, page.await?))
}

/// Add and remove members of a cohort
///
/// For those who may change its course: up to 100 learners of the course, named by id, username, or verified email
/// address. Each learner is processed separately; a rejected name does not affect the others. A learner who is in
/// another cohort of the course moves. To enroll users and put them into a cohort at once, use
/// `POST /api/v1/progress/enrollments/batch` with `cohort_id`.
#[utoipa::path(tag = "teaching", request_body = ChangeMembers,
    params(("cohort" = CohortId, Path, description = "The cohort.", example = "01940000-0000-7000-8000-00000000c001"), rest::IdempotencyHeader),
    responses((status = 200, description = "The result for each name.", body = CohortBatch)),
    security(("bearer" = ["courses:write"])))]
#[post("/progress/cohorts/{cohort}/members/batch")]
async fn apply_cohort_batch(
    service: web::Data<Service>,
    author: Instructor,
    cohort: Path<CohortId>,
    command: Command<ChangeMembers>,
) -> Result<HttpResponse, rest::Error> {
    let Command { operation, body } = command;
    let changed = service.change_members(&author.0, *cohort, &body, &operation);
    Ok(rest::done(&changed.await?))
}
