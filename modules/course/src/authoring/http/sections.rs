//! The sections of a draft.

use actix_web::{HttpResponse, delete, patch, post, web};
use contracts::course_ref::CourseRef;
use kernel::SectionId;
use rest::{Command, IdempotencyHeader, IfMatch, Instructor, Op, Path};

use crate::authoring::request::{ChangeSection, CreateSection};
use crate::authoring::service::Service;
use crate::authoring::view::SectionView;

/// Create a section in the draft.
///
/// A course has at most 100 sections.
/// 422 `course.size_limit_exceeded` when the texts of the course would have more than 4 MiB.
#[utoipa::path(tag = "sections", request_body = CreateSection,
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), IdempotencyHeader),
    responses((status = 201, description = "The section.", body = SectionView,
        headers(("ETag" = String, description = "The version, for If-Match."),
            ("Location" = String, description = "The URL of the section.")))),
    security(("bearer" = ["courses:write"])))]
#[post("/courses/{course}/sections")]
pub(crate) async fn create_section(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    command: Command<CreateSection>,
) -> Result<HttpResponse, rest::Error> {
    let outcome = service
        .create_section(&author.0, &command.operation, &course, command.body)
        .await?;
    let (course, section) = (outcome.value.course_id, outcome.value.id);
    let location = format!("/api/v1/courses/{course}/sections/{section}");
    let version = outcome.value.version;
    Ok(rest::created_at_version(&location, version, &outcome))
}

/// Update a section of the draft.
///
/// 422 `course.size_limit_exceeded` when the texts of the course would have more than 4 MiB.
#[utoipa::path(tag = "sections", request_body = ChangeSection,
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"),
        ("section" = SectionId, Path, description = "The section.", example = "01940000-0000-7000-8000-000000000002"), IfMatch),
    responses((status = 200, description = "The section.", body = SectionView,
        headers(("ETag" = String, description = "The new version.")))),
    security(("bearer" = ["courses:write"])))]
#[patch("/courses/{course}/sections/{section}")]
pub(crate) async fn update_section(
    service: web::Data<Service>,
    author: Instructor,
    path: Path<(CourseRef, SectionId)>,
    expected: IfMatch,
    command: Command<ChangeSection>,
) -> Result<HttpResponse, rest::Error> {
    let (course, section) = &*path;
    let (operation, body) = (command.operation, command.body);
    let done = service.update_section(&author.0, &operation, course, *section, &expected.0, body);
    let changed = done.await?;
    Ok(rest::with_version(changed.version, &changed))
}

/// Delete an empty section of the draft.
#[utoipa::path(tag = "sections",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-in-parallel"),
        ("section" = SectionId, Path, description = "The section.", example = "01940000-0000-7000-8000-0000000000b3"), IfMatch),
    responses((status = 204, description = "The section was deleted from the draft.")),
    security(("bearer" = ["courses:write"])))]
#[delete("/courses/{course}/sections/{section}")]
pub(crate) async fn delete_section(
    service: web::Data<Service>,
    author: Instructor,
    path: Path<(CourseRef, SectionId)>,
    expected: IfMatch,
    operation: Op,
) -> Result<HttpResponse, rest::Error> {
    let (course, section) = &*path;
    service
        .delete_section(&author.0, &operation.0, course, *section, &expected.0)
        .await?;
    Ok(rest::no_content())
}
