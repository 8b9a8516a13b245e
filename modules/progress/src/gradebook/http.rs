//! The endpoints of gradebooks.

use actix_web::{HttpResponse, delete, get, put, web};
use contracts::course_ref::CourseRef;
use kernel::{ExerciseId, UserId};
use rest::{AuthenticatedUser, IfMatch, Instructor, Json, List, Path, Query, Routes};

use super::request::{DeleteReason, GradesFilter, OverrideGrade, ReplaceGradebookSettings};
use super::service::Service;
use super::view::{CourseGrades, GradeChange, GradebookSettings, LearnerGrades};

pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(list_course_grades)
        .service(get_gradebook_settings)
        .service(replace_gradebook_settings)
        .service(get_learner_grades)
        .service(replace_grade_override)
        .service(delete_grade_override)
        .service(get_my_grades);
}

/// List grades of the learners of a course
///
/// For those who may change the course; learners who have left it are listed too, in the order in which they enrolled.
/// A page has fewer learners than its limit where a course has very many exercises.
#[utoipa::path(tag = "teaching",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), GradesFilter, rest::Paging),
    responses((status = 200, description = "A page of learners with their grades.", body = rest::Paged<CourseGrades>)),
    security(("bearer" = ["courses:read"])))]
#[get("/progress/courses/{course}/gradebook")]
async fn list_course_grades(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    list: List<GradesFilter>,
) -> Result<HttpResponse, rest::Error> {
    let page = service.list(&author.0, &course, &list.filter, &list.page_request);
    let page = page.await?;
    Ok(rest::list(&list, page))
}

/// Get the settings of the gradebook of a course
///
/// As long as nobody has set any, all exercises of the newest version are one category.
#[utoipa::path(tag = "teaching",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero")),
    responses((status = 200, description = "The settings.", body = GradebookSettings,
        headers(("ETag" = String, description = "The version, for If-Match.")))),
    security(("bearer" = ["courses:read"])))]
#[get("/progress/courses/{course}/gradebook/settings")]
async fn get_gradebook_settings(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
) -> Result<HttpResponse, rest::Error> {
    let (revision, view) = service.settings(&author.0, &course).await?;
    Ok(rest::with_version_and_body(revision, &view))
}

/// Replace the settings of the gradebook of a course
///
/// Each exercise counts with its best answer, in percent; a category is the mean of its exercises without the worst
/// `drop_lowest`, and the total the mean of the categories by their weights. Categories in which nothing counts yet are
/// left out of it.
#[utoipa::path(tag = "teaching", request_body = ReplaceGradebookSettings,
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), IfMatch),
    responses((status = 200, description = "The settings.", body = GradebookSettings,
        headers(("ETag" = String, description = "The new version.")))),
    security(("bearer" = ["courses:write"])))]
#[put("/progress/courses/{course}/gradebook/settings")]
async fn replace_gradebook_settings(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    expected: IfMatch,
    body: Json<ReplaceGradebookSettings>,
) -> Result<HttpResponse, rest::Error> {
    let done = service.replace_settings(&author.0, &course, &expected.0, body.0);
    let (revision, view) = done.await?;
    Ok(rest::with_version_and_body(revision, &view))
}

/// Get the grades of a learner
///
/// With what the staff has changed, when, and why.
#[utoipa::path(tag = "teaching",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"),
        ("learner" = UserId, Path, description = "The learner.", example = "01940000-0000-7000-8000-000000000a01")),
    responses((status = 200, description = "The grades.", body = LearnerGrades)),
    security(("bearer" = ["courses:read"])))]
#[get("/progress/courses/{course}/gradebook/{learner}")]
async fn get_learner_grades(
    service: web::Data<Service>,
    author: Instructor,
    path: Path<(CourseRef, UserId)>,
) -> Result<HttpResponse, rest::Error> {
    let (course, learner) = &*path;
    let view = service.find(&author.0, course, *learner).await?;
    Ok(rest::ok(&view))
}

/// Override the grade of a learner in an exercise
///
/// The score takes the place of the best answer in the gradebook, and only there: the answer, points, completion, and
/// leaderboards stay as they are. The learner sees it with the reason. Each change is kept; one grade is set at most 100 times a day.
#[utoipa::path(tag = "teaching", request_body = OverrideGrade,
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"),
        ("learner" = UserId, Path, description = "The learner.", example = "01940000-0000-7000-8000-000000000a01"),
        ("exercise" = ExerciseId, Path, description = "The exercise.", example = "01940000-0000-7000-8000-000000020101")),
    responses((status = 200, description = "What was changed.", body = GradeChange)),
    security(("bearer" = ["courses:write"])))]
#[put("/progress/courses/{course}/gradebook/{learner}/{exercise}")]
async fn replace_grade_override(
    service: web::Data<Service>,
    author: Instructor,
    path: Path<(CourseRef, UserId, ExerciseId)>,
    body: Json<OverrideGrade>,
) -> Result<HttpResponse, rest::Error> {
    let (course, learner, exercise) = &*path;
    let graded = (*learner, *exercise);
    let done = service.override_grade(&author.0, course, graded, &body.0);
    Ok(rest::ok(&done.await?))
}

/// Delete the override of a grade
///
/// The best answer counts again. What was set stays in the history.
#[utoipa::path(tag = "teaching",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"),
        ("learner" = UserId, Path, description = "The learner.", example = "01940000-0000-7000-8000-000000000a01"),
        ("exercise" = ExerciseId, Path, description = "The exercise.", example = "01940000-0000-7000-8000-000000020101"), DeleteReason),
    responses((status = 204, description = "The best answer counts again.")),
    security(("bearer" = ["courses:write"])))]
#[delete("/progress/courses/{course}/gradebook/{learner}/{exercise}")]
async fn delete_grade_override(
    service: web::Data<Service>,
    author: Instructor,
    path: Path<(CourseRef, UserId, ExerciseId)>,
    query: Query<DeleteReason>,
) -> Result<HttpResponse, rest::Error> {
    let (course, learner, exercise) = &*path;
    let graded = (*learner, *exercise);
    let done = service.delete_override(&author.0, course, graded, &query.0.reason);
    done.await?;
    Ok(rest::no_content())
}

/// Get the grades of the current user in a course
///
/// By category, with what the staff has changed, when, and why.
#[utoipa::path(tag = "progress",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero")),
    responses((status = 200, description = "Your grades.", body = LearnerGrades)),
    security(("bearer" = ["progress:read"])))]
#[get("/progress/courses/{course}/grades")]
async fn get_my_grades(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    course: Path<CourseRef>,
) -> Result<HttpResponse, rest::Error> {
    let view = service.mine(learner.0.user_id, &course).await?;
    Ok(rest::ok(&view))
}
