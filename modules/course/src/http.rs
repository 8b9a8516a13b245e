//! The edge of the module: what comes in over HTTP is parsed and authorised here, and answers
//! are shaped.

pub(crate) mod catalogue;
pub(crate) mod courses;
pub(crate) mod exercises;
pub(crate) mod lessons;
pub(crate) mod ready;
pub(crate) mod sections;
pub(crate) mod staff;
pub(crate) mod submissions;
pub(crate) mod versions;

use actix_web::HttpResponse;
use actix_web::http::header;
use rest::Routes;
use serde::Serialize;

/// Every route of the module; the document is made from the same list.
pub fn routes(cfg: &mut impl Routes) {
    cfg.service(catalogue::list_courses)
        .service(catalogue::list_tags)
        .service(catalogue::list_categories)
        .service(courses::create_course)
        .service(courses::read_course)
        .service(courses::change_course)
        .service(courses::delete_course)
        .service(courses::publish_course)
        .service(courses::archive_course)
        .service(versions::read_course_outline)
        .service(versions::list_course_versions)
        .service(versions::read_course_version)
        .service(sections::list_sections)
        .service(sections::create_section)
        .service(sections::change_section)
        .service(sections::delete_section)
        .service(lessons::order_lessons)
        .service(lessons::list_lessons)
        .service(lessons::create_lesson)
        .service(lessons::read_lesson)
        .service(lessons::change_lesson)
        .service(lessons::delete_lesson)
        .service(staff::list_course_staff)
        .service(staff::put_course_staff)
        .service(staff::delete_course_staff)
        .service(exercises::list_exercises)
        .service(exercises::create_exercise)
        .service(exercises::read_exercise)
        .service(exercises::change_exercise)
        .service(exercises::delete_exercise)
        .service(exercises::read_hint)
        .service(submissions::list_submissions)
        .service(submissions::submit_answer)
        .service(submissions::read_submission);
}

/// 200 with what was read: a draft with the ETag that guards its change, a published version
/// with one that no change accepts.
fn edition(draft: bool, version: i64, body: &impl Serialize) -> HttpResponse {
    let mut response = rest::with_version(version, body);
    let etag = header::HeaderValue::from_str(&format!("\"published-{version}\""));
    if let (false, Ok(etag)) = (draft, etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}
