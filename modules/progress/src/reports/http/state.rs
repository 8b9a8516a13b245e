//! The page that shows the state of a course.

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, get, web};
use contracts::course_ref::CourseRef;
use rest::{Instructor, Path};

use super::super::page::{self, STYLE_HASH};
use super::super::service::Service;

/// Get a printable report of a course
///
/// For those who may change the course: an HTML page to read or print, with enrollments over time, how far learners
/// come, scores, the difficulty of exercises, and learners at risk. It loads nothing from elsewhere and runs no script,
/// so that it can be saved as a file. In Swagger UI, download the response and let its name end in `.html`. Except for the
/// enrollments, it is about the newest version.
#[utoipa::path(tag = "teaching",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero")),
    responses((status = 200, description = "The page.", content((String = "text/html")),
        headers(("Content-Disposition" = String, description = "The name of its file.")))),
    security(("bearer" = ["courses:read"])))]
#[get("/progress/courses/{course}/report")]
pub(super) async fn get_printable_course_page(
    service: web::Data<Service>,
    author: Instructor,
    course: Path<CourseRef>,
) -> Result<HttpResponse, rest::Error> {
    let state = service.state(&author.0, &course).await?;
    let day = state.made_at.format("%Y-%m-%d");
    let name = format!("inline; filename=\"{}-state-{day}.html\"", state.slug);
    let html = page::of(&state)?;
    let policy = format!(
        "sandbox; default-src 'none'; style-src '{STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let mut response = HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, rest::PRIVATE))
        .insert_header((header::CONTENT_DISPOSITION, name))
        .body(html);
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}
