//! The sections of a course.

use actix_web::{HttpResponse, delete, get, patch, post, web};
use kernel::SectionId;
use rest::{
    Command, IdempotencyHeader, IfMatch, Instructor, Learner, List, Op, Paged, Paging, Path,
};

use crate::command::{ChangeSection, CreateSection, EditionQuery};
use crate::reference::CourseRef;
use crate::service::Service;
use crate::view::SectionView;

/// List the sections of a course.
#[utoipa::path(tag = "sections",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), EditionQuery, Paging),
    responses((status = 200, description = "A page of sections in order.", body = Paged<SectionView>)),
    security(("bearer" = ["courses:read"])))]
#[get("/courses/{course}/sections")]
pub(crate) async fn list_sections(
    service: web::Data<Service>,
    caller: Learner,
    course: Path<CourseRef>,
    list: List<EditionQuery>,
) -> Result<HttpResponse, rest::Error> {
    let page = service
        .sections(&caller.0, &course, &list.filter, &list.slice)
        .await?;
    Ok(rest::list(&list, page))
}

/// Add a section to the draft.
#[utoipa::path(tag = "sections", request_body = CreateSection,
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), IdempotencyHeader),
    responses((status = 201, description = "The section.", body = SectionView,
        headers(("ETag" = String, description = "The version, for If-Match."),
            ("Location" = String, description = "The address of the section.")))),
    security(("bearer" = ["courses:write"])))]
#[post("/courses/{course}/sections")]
pub(crate) async fn create_section(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
    command: Command<CreateSection>,
) -> Result<HttpResponse, rest::Error> {
    let outcome = service
        .add_section(&author.0, &command.operation, &course, command.body)
        .await?;
    let (course, section) = (outcome.value.course_id, outcome.value.id);
    let location = format!("/api/v1/courses/{course}/sections/{section}");
    Ok(rest::created_at_version(
        &location,
        outcome.value.version,
        &outcome,
    ))
}

/// Change a section of the draft.
#[utoipa::path(tag = "sections", request_body = ChangeSection,
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"),
        ("section" = SectionId, Path, description = "The section.", example = "01940000-0000-7000-8000-000000000002"), IfMatch),
    responses((status = 200, description = "The section.", body = SectionView,
        headers(("ETag" = String, description = "The new version.")))),
    security(("bearer" = ["courses:write"])))]
#[patch("/courses/{course}/sections/{section}")]
pub(crate) async fn change_section(
    service: web::Data<Service>,
    author: Instructor,
    path: Path<(CourseRef, SectionId)>,
    expected: IfMatch,
    command: Command<ChangeSection>,
) -> Result<HttpResponse, rest::Error> {
    let (course, section) = &*path;
    let changed = service
        .change_section(
            &author.0,
            &command.operation,
            course,
            *section,
            &expected.0,
            command.body,
        )
        .await?;
    Ok(rest::with_version(changed.version, &changed))
}

/// Delete an empty section from the draft.
#[utoipa::path(tag = "sections",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-in-parallel"),
        ("section" = SectionId, Path, description = "The section.", example = "01940000-0000-7000-8000-0000000000b3"), IfMatch),
    responses((status = 204, description = "The section is gone from the draft.")),
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
        .remove_section(&author.0, &operation.0, course, *section, &expected.0)
        .await?;
    Ok(rest::no_content())
}
