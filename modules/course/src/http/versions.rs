//! Outlines and published versions.

use actix_web::{FromRequest, HttpRequest, HttpResponse, get, web};
use rest::{Learner, List, NoFilter, Paged, Paging, Path, Query};

use super::edition;
use super::ready::{Readers, Ready};
use crate::command::EditionQuery;
use crate::reference::CourseRef;
use crate::service::Service;
use crate::view::{CourseOutline, VersionDetail, VersionSummary};

/// Read the outline of a course.
///
/// Its sections, lessons and exercises in order, without their text.
#[utoipa::path(tag = "courses",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), EditionQuery),
    responses((status = 200, description = "The outline.", body = CourseOutline,
        headers(("ETag" = String, description = "Names the edition.")))),
    security(("bearer" = ["courses:read"])))]
#[get("/courses/{course}/outline")]
pub(crate) async fn read_course_outline(
    service: web::Data<Service>,
    ready: web::Data<Ready>,
    caller: Learner,
    req: HttpRequest,
) -> Result<HttpResponse, rest::Error> {
    let make = async || {
        let course = Path::<CourseRef>::extract(&req).await?;
        let query = Query::<EditionQuery>::extract(&req).await?;
        let (outline, version) = service.outline_of(&caller.0, &course, &query.0).await?;
        let response = match outline.version {
            Some(_) => edition(false, version, &outline),
            None => rest::ok(&outline),
        };
        Ok((response, Readers::of_edition(outline.version)))
    };
    ready.serve(&req, Some(caller.0.user_id), make).await
}

/// List the published versions of a course.
#[utoipa::path(tag = "courses",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"), Paging),
    responses((status = 200, description = "A page of versions, the newest first.", body = Paged<VersionSummary>)),
    security(("bearer" = ["courses:read"])))]
#[get("/courses/{course}/versions")]
pub(crate) async fn list_course_versions(
    service: web::Data<Service>,
    caller: Learner,
    course: Path<CourseRef>,
    list: List<NoFilter>,
) -> Result<HttpResponse, rest::Error> {
    let page = service.versions(&caller.0, &course, &list.slice).await?;
    Ok(rest::list(&list, page))
}

/// Read a published version of a course.
#[utoipa::path(tag = "courses",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero"),
        ("number" = i64, Path, description = "The number of the version.", minimum = 1, maximum = 1_000_000, example = 1)),
    responses((status = 200, description = "The version.", body = VersionDetail)),
    security(("bearer" = ["courses:read"])))]
#[get("/courses/{course}/versions/{number}")]
pub(crate) async fn read_course_version(
    service: web::Data<Service>,
    caller: Learner,
    path: Path<(CourseRef, i64)>,
) -> Result<HttpResponse, rest::Error> {
    let (course, number) = &*path;
    let version = service.version(&caller.0, course, *number).await?;
    Ok(edition(false, version.number, &version))
}
