//! The endpoints of the settings of enrollment.

use actix_web::{HttpResponse, get, put, web};
use contracts::course_ref::CourseRef;
use rest::{IfMatch, Instructor, Json, Path, Routes};

use super::request::ReplaceEnrollmentSettings;
use super::service::Service;
use super::view::CourseEnrollmentSettings;

pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(get_enrollment_settings)
        .service(replace_enrollment_settings);
}

/// Get the enrollment settings of a course
///
/// For those who may change the course. As long as nobody has set any, any number of learners can enroll.
#[utoipa::path(tag = "teaching",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero")),
    responses((status = 200, description = "The settings, and how many learners there are.", body = CourseEnrollmentSettings,
        headers(("ETag" = String, description = "The version, for If-Match.")))),
    security(("bearer" = ["courses:read"])))]
#[get("/progress/courses/{course}/enrollment-settings")]
async fn get_enrollment_settings(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
) -> Result<HttpResponse, rest::Error> {
    let (revision, view) = service.settings(&author.0, &course).await?;
    Ok(rest::with_version_and_body(revision, &view))
}

/// Replace the enrollment settings of a course
///
/// Learners who find no seat can join the waiting list, and whoever is first in line is enrolled when a seat becomes
/// free. If you set fewer seats than there are learners, nobody is removed; no one else is enrolled until enough of them
/// have left.
/// With `access_days`, the enrollments of those who enroll from then on end after so many days: they keep what they have
/// earned, and the staff can give them more time. Nothing changes for those who are enrolled.
/// With `certificate_months`, the certificates that are issued from then on expire after so many months.
#[utoipa::path(tag = "teaching", request_body = ReplaceEnrollmentSettings,
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), IfMatch),
    responses((status = 200, description = "The settings, and how many learners there are.", body = CourseEnrollmentSettings,
        headers(("ETag" = String, description = "The new version.")))),
    security(("bearer" = ["courses:write"])))]
#[put("/progress/courses/{course}/enrollment-settings")]
async fn replace_enrollment_settings(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    expected: IfMatch,
    body: Json<ReplaceEnrollmentSettings>,
) -> Result<HttpResponse, rest::Error> {
    let done = service.replace_settings(&author.0, &course, &expected.0, &body.0);
    let (revision, view) = done.await?;
    Ok(rest::with_version_and_body(revision, &view))
}
