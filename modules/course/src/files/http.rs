//! The edge of drafts that are made of something else.

use actix_web::body::SizedStream;
use actix_web::http::header;
use actix_web::{HttpResponse, get, post, web};
use contracts::course_ref::CourseRef;
use rest::{
    AuthenticatedUser, Command, IdempotencyHeader, IfMatch, Instructor, JsonOrZip, Op, Path, Query,
    Routes, Upload,
};

use super::request::{CloneCourse, ExportFormat, ExportOptions, ImportOptions};
use super::service::Service;
use super::tree::CourseTree;
use super::view::CourseImport;
use crate::assets::of_disk;
use crate::authoring::CourseDetail;
use crate::error::Error;

/// Every route of the room.
pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(import_course)
        .service(export_course)
        .service(clone_course)
        .service(restore_course_version);
}

/// Import a course.
///
/// Takes a whole course in one request: as JSON, or with `Content-Type: application/zip` as an archive of its
/// folder. A course with that slug, or with the id in it, is updated, if you may edit it; sections, lessons and
/// exercises are known again by their ids or else their keys, so that the same import changes nothing. Other courses
/// are created, and belong to you. Assets are those of the folder `assets` of an archive; JSON, and an archive without
/// that folder, leave them as they are.
/// 422 names every fault by its place, that of an archive by file and line; then nothing was changed.
/// A body has at most 1 MiB; `gopro course import` takes larger courses.
#[utoipa::path(tag = "courses", params(ImportOptions, IdempotencyHeader),
    request_body(content((CourseTree = "application/json"), (Vec<u8> = "application/zip"))),
    responses((status = 200, description = "What was changed, or would be.", body = CourseImport),
        (status = 201, description = "The course is new.", body = CourseImport,
            headers(("Location" = String, description = "The URL of the course.")))),
    security(("bearer" = ["courses:write"])))]
#[post("/courses/import")]
pub(crate) async fn import_course(
    service: web::Data<Service>,
    author: Instructor,
    options: Query<ImportOptions>,
    upload: Upload<CourseTree>,
) -> Result<HttpResponse, rest::Error> {
    let (operation, options) = (upload.operation, options.0);
    let outcome = match upload.body {
        JsonOrZip::Json(tree) => {
            service
                .import_tree(&author.0, &operation, *tree, options)
                .await
        }
        JsonOrZip::Zip(bytes) => {
            service
                .import_zip(&author.0, &operation, bytes.to_vec(), options)
                .await
        }
    }?;
    let done = &outcome.value;
    if done.created && !done.dry_run {
        let location = format!("/api/v1/courses/{}", done.course_id);
        return Ok(rest::created(&location, &outcome));
    }
    Ok(rest::done(&outcome))
}

/// Export the draft of a course.
///
/// For its staff. An import of it changes nothing. The archive has the assets of the course in `assets/`, JSON has not.
#[utoipa::path(tag = "courses",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), ExportOptions),
    responses((status = 200, description = "The draft.",
        content((Vec<u8> = "application/zip"), (CourseTree = "application/json")))),
    security(("bearer" = ["courses:read"])))]
#[get("/courses/{course}/export")]
pub(crate) async fn export_course(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    course: Path<CourseRef>,
    options: Query<ExportOptions>,
) -> Result<HttpResponse, rest::Error> {
    if options.0.format == Some(ExportFormat::Json) {
        return Ok(rest::ok(&service.export_tree(&caller.0, &course).await?));
    }
    let (slug, archive) = service.export_zip(&caller.0, &course).await?;
    let stream = archive.into_stream().await;
    let (length, pieces) = stream.map_err(|error| Error::from(of_disk(error)))?;
    let name = format!("attachment; filename=\"{slug}.zip\"");
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, rest::PRIVATE))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .content_type("application/zip")
        .body(SizedStream::new(length, pieces)))
}

/// Clone a course.
///
/// Makes a new draft of yours that says what the draft of the course says; learners, answers and versions stay
/// behind. For the staff of the course.
#[utoipa::path(tag = "courses", request_body = CloneCourse,
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), IdempotencyHeader),
    responses((status = 201, description = "The copy.", body = CourseDetail,
        headers(("ETag" = String, description = "The version, for If-Match."),
            ("Location" = String, description = "The URL of the copy.")))),
    security(("bearer" = ["courses:write"])))]
#[post("/courses/{course}/clone")]
pub(crate) async fn clone_course(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    command: Command<CloneCourse>,
) -> Result<HttpResponse, rest::Error> {
    let (operation, body) = (command.operation, command.body);
    let outcome = service
        .clone_course(&author.0, &operation, &course, body)
        .await?;
    let location = format!("/api/v1/courses/{}", outcome.value.id);
    let version = outcome.value.version;
    Ok(rest::created_at_version(&location, version, &outcome))
}

/// Restore a published version into the draft.
///
/// The draft says what the version says; what was not published is lost, unless you export it first. Nothing is
/// published.
#[utoipa::path(tag = "courses",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"),
        ("number" = i64, Path, description = "The number of the version.", minimum = 1, maximum = 1_000_000, example = 1), IfMatch),
    responses((status = 200, description = "The course with its draft.", body = CourseDetail,
        headers(("ETag" = String, description = "The new version.")))),
    security(("bearer" = ["courses:write"])))]
#[post("/courses/{course}/versions/{number}/restore")]
pub(crate) async fn restore_course_version(
    service: web::Data<Service>,
    author: Instructor,
    path: Path<(CourseRef, i64)>,
    expected: IfMatch,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let (course, number) = &*path;
    let restored = service
        .restore_version(&author.0, &operation.0, course, *number, &expected.0)
        .await?;
    Ok(rest::with_version(restored.version, &restored))
}
