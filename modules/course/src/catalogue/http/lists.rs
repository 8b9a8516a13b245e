//! The catalogue, its tags and its categories.

use actix_web::{FromRequest, HttpRequest, HttpResponse, get, web};
use kernel::Page;
use rest::{List, MaybeCaller, NoFilter, Paged, Paging, Query};
use serde::Serialize;

use super::answer::{Shows, for_everybody};
use super::ready::{Readers, Ready};
use crate::catalogue::request::{CountCourses, ListCourses};
use crate::catalogue::service::Service;
use crate::catalogue::view::{CourseFacets, CourseSummary, NamedCount};

/// List courses of the catalogue.
///
/// With `mine=true`, the courses on whose staff you are, drafts and archived ones too.
#[utoipa::path(tag = "catalogue", params(ListCourses, Paging),
    responses((status = 200, description = "A page of courses.", body = Paged<CourseSummary>)),
    security((), ("bearer" = ["courses:read"])))]
#[get("/courses")]
pub(crate) async fn list_courses(
    service: web::Data<Service>,
    ready: web::Data<Ready>,
    caller: MaybeCaller,
    req: HttpRequest,
) -> Result<HttpResponse, rest::Error> {
    let caller = caller.0.as_ref();
    let make = async || {
        let list = List::<ListCourses>::extract(&req).await?;
        let listing = service
            .list(caller, &list.filter, &list.page_request)
            .await?;
        Ok(match listing.public {
            true => shared(&list, listing.page),
            false => (rest::list(&list, listing.page), Readers::Nobody),
        })
    };
    let asker = caller.map(|caller| caller.user_id);
    ready.serve(&req, asker, None, Shows::Names, make).await
}

/// Get the facets of the catalogue.
///
/// How many of those that `GET /courses` lists for the same words and filters have each difficulty, category and tag.
#[utoipa::path(tag = "catalogue", params(CountCourses),
    responses((status = 200, description = "The counts, the 20 most common categories and tags.", body = CourseFacets)),
    security((), ("bearer" = ["courses:read"])))]
#[get("/facets")]
pub(crate) async fn get_course_facets(
    service: web::Data<Service>,
    ready: web::Data<Ready>,
    caller: MaybeCaller,
    req: HttpRequest,
) -> Result<HttpResponse, rest::Error> {
    let make = async || {
        let query = Query::<CountCourses>::extract(&req).await?;
        let facets = service.facets(&query.0).await?;
        Ok((for_everybody(&facets, String::new()), Readers::Everybody))
    };
    let asker = caller.0.map(|caller| caller.user_id);
    ready.serve(&req, asker, None, Shows::Content, make).await
}

/// List tags of the catalogue.
///
/// In byte order.
#[utoipa::path(tag = "catalogue", params(Paging),
    responses((status = 200, description = "A page of tags with their number of courses.", body = Paged<NamedCount>)),
    security((), ("bearer" = ["courses:read"])))]
#[get("/tags")]
pub(crate) async fn list_tags(
    service: web::Data<Service>,
    ready: web::Data<Ready>,
    caller: MaybeCaller,
    req: HttpRequest,
) -> Result<HttpResponse, rest::Error> {
    let make = async || {
        let list = List::<NoFilter>::extract(&req).await?;
        Ok(shared(&list, service.tags(&list.page_request).await?))
    };
    let asker = caller.0.map(|caller| caller.user_id);
    ready.serve(&req, asker, None, Shows::Content, make).await
}

/// List categories of the catalogue.
///
/// In the order of the Unicode collation; those that differ in letter case are one.
#[utoipa::path(tag = "catalogue", params(Paging),
    responses((status = 200, description = "A page of categories with their number of courses.", body = Paged<NamedCount>)),
    security((), ("bearer" = ["courses:read"])))]
#[get("/categories")]
pub(crate) async fn list_categories(
    service: web::Data<Service>,
    ready: web::Data<Ready>,
    caller: MaybeCaller,
    req: HttpRequest,
) -> Result<HttpResponse, rest::Error> {
    let make = async || {
        let list = List::<NoFilter>::extract(&req).await?;
        Ok(shared(&list, service.categories(&list.page_request).await?))
    };
    let asker = caller.0.map(|caller| caller.user_id);
    ready.serve(&req, asker, None, Shows::Content, make).await
}

/// A page that caches may share. Its cursors are bound to the caller; one without is the same for everybody.
fn shared<F, T: Serialize>(list: &List<F>, page: Page<T>) -> (HttpResponse, Readers) {
    let readers = match (&page.next, &page.prev) {
        (None, None) => Readers::Everybody,
        _ => Readers::Asker,
    };
    let (body, links) = list.shape(page);
    (for_everybody(&body, links), readers)
}
