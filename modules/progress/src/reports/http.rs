//! The endpoints of reports.

mod state;

use kernel::ReportId;
use std::ops::Range;

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use futures::stream;
use rest::{Command, Instructor, List, NoFilter, Path, Routes};

use super::request::CreateReport;
use super::service::{Content, Service};
use super::view::ReportView;
use crate::error::Error;

pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(create_report)
        .service(list_my_reports)
        .service(get_my_report)
        .service(delete_my_report)
        .service(download_my_report)
        .service(state::get_printable_course_page);
}

/// Request a report of a course
///
/// For those who may change the course. It is written within the next seconds or minutes: `queued`, `running`, then
/// `ready`, or `failed` with the reason. It shows the learners as they are while it is written. You can have ten reports
/// of a course, three of which are not finished, and each is deleted after seven days.
#[utoipa::path(tag = "teaching", request_body = CreateReport,
    params(rest::IdempotencyHeader),
    responses((status = 202, description = "The report; read it until its state is ready.", body = ReportView,
        headers(("Location" = String, description = "The URL of the report.")))),
    security(("bearer" = ["courses:read"])))]
#[post("/progress/reports")]
async fn create_report(
    service: web::Data<Service>,
    author: Instructor,
    command: Command<CreateReport>,
) -> Result<HttpResponse, rest::Error> {
    let Command { operation, body } = command;
    let created = service.create(&author.0, &body, &operation).await?;
    let location = format!("/api/v1/progress/reports/{}", created.value.id);
    Ok(rest::accepted(Some(&location), &created))
}

/// List reports of the current user
///
/// Those that you have requested, of all courses, the latest first.
#[utoipa::path(tag = "teaching", params(rest::Paging),
    responses((status = 200, description = "A page of your reports.", body = rest::Paged<ReportView>)),
    security(("bearer" = ["courses:read"])))]
#[get("/progress/reports")]
async fn list_my_reports(
    service: web::Data<Service>,
    author: Instructor,
    list: List<NoFilter>,
) -> Result<HttpResponse, rest::Error> {
    let page = service.list(&author.0, &list.page_request).await?;
    Ok(rest::list(&list, page))
}

/// Get a report of the current user
#[utoipa::path(tag = "teaching",
    params(("report" = ReportId, Path, description = "The report.", example = "01940000-0000-7000-8000-000000000c01")),
    responses((status = 200, description = "The report.", body = ReportView)),
    security(("bearer" = ["courses:read"])))]
#[get("/progress/reports/{report}")]
async fn get_my_report(
    service: web::Data<Service>,
    author: Instructor,
    report: Path<ReportId>,
) -> Result<HttpResponse, rest::Error> {
    Ok(rest::ok(&service.find(&author.0, *report).await?))
}

/// Cancel or delete a report of the current user
///
/// One that is not finished is cancelled, and stays in the list as `cancelled`. One that is finished is deleted.
#[utoipa::path(tag = "teaching",
    params(("report" = ReportId, Path, description = "The report.", example = "01940000-0000-7000-8000-000000000c01")),
    responses((status = 204, description = "The report is cancelled or deleted.")),
    security(("bearer" = ["courses:read"])))]
#[delete("/progress/reports/{report}")]
async fn delete_my_report(
    service: web::Data<Service>,
    author: Instructor,
    report: Path<ReportId>,
) -> Result<HttpResponse, rest::Error> {
    service.delete(&author.0, *report).await?;
    Ok(rest::no_content())
}

/// Download a report of the current user
///
/// As `Content-Type` says: CSV (RFC 4180, in UTF-8 with a byte order mark), JSON (one list with an object for each row,
/// in which what is absent is left out), or an XLSX workbook. Texts of a CSV file that a spreadsheet would take for a
/// formula have an apostrophe before them; numbers are left as they are. With `Range`, a part of it. Only for those who
/// may still change the course.
#[utoipa::path(tag = "teaching",
    params(("report" = ReportId, Path, description = "The report.", example = "01940000-0000-7000-8000-000000000c01")),
    responses((status = 200, description = "The file.", content((Vec<u8> = "application/octet-stream")),
            headers(("ETag" = String, description = "Names the content, which does not change."),
                ("Accept-Ranges" = String, description = "That `Range` is understood."),
                ("Content-Disposition" = String, description = "The name of its file."))),
        (status = 206, description = "The part of it that `Range` names.", content((Vec<u8> = "application/octet-stream")),
            headers(("Content-Range" = String, description = "Which part it is."))),
        (status = 409, description = "The report is not ready.", body = rest::Problem, content_type = "application/problem+json")),
    security(("bearer" = ["courses:read"])))]
#[get("/progress/reports/{report}/content")]
async fn download_my_report(
    service: web::Data<Service>,
    author: Instructor,
    report: Path<ReportId>,
    request: HttpRequest,
) -> Result<HttpResponse, rest::Error> {
    let content = service.content(&author.0, *report).await?;
    let etag = format!("\"{}\"", *report);
    let mut builder = HttpResponse::Ok();
    builder
        .insert_header((header::CACHE_CONTROL, rest::PRIVATE))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}\"", content.file_name),
        ))
        .content_type(content.format.media_type());
    let length = content.length;
    let open = async move |part: Range<u64>| {
        let pieces = stream::try_unfold((content, part), next);
        Ok::<_, rest::Error>(Box::pin(pieces))
    };
    rest::file(&request, &etag, length, builder, open).await
}

type Rest = (Content, Range<u64>);

async fn next((content, mut part): Rest) -> Result<Option<(Bytes, Rest)>, Error> {
    let read = content.read(&mut part).await.inspect_err(|error| {
        tracing::warn!(%error, "a report was broken off while it was downloaded");
    })?;
    Ok(read.map(|bytes| (Bytes::from(bytes), (content, part))))
}
