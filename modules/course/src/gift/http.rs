//! The endpoints of exercises in GIFT.

use actix_web::{HttpResponse, get, post, web};
use contracts::course_ref::CourseRef;
use kernel::LessonId;
use rest::{AuthenticatedUser, Command, IdempotencyHeader, Instructor, Path, Routes};

use super::request::GiftImport;
use super::service::Service;
use super::view::{GiftExport, GiftImported};

pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(import_gift).service(export_gift);
}

/// Import exercises from GIFT
///
/// Creates them in the lesson of the draft, after those that are there, all of them or none. Takes choices with one or
/// several right options, true and false, numbers, short answers, missing words, pairs, and essays; what cannot be
/// taken over is in `remarks`, by line. 422 names each question that is wrong by its line.
#[utoipa::path(tag = "exercises", request_body = GiftImport,
    params(("lesson" = LessonId, Path, description = "The lesson.", example = "01940000-0000-7000-8000-000000000101"), IdempotencyHeader),
    responses((status = 200, description = "What was created, or would be.", body = GiftImported)),
    security(("bearer" = ["courses:write"])))]
#[post("/lessons/{lesson}/gift")]
pub(crate) async fn import_gift(
    service: web::Data<Service>,
    author: Instructor,
    lesson: Path<LessonId>,
    command: Command<GiftImport>,
) -> Result<HttpResponse, rest::Error> {
    let (operation, body) = (command.operation, command.body);
    let outcome = service.import(&author.0, &operation, *lesson, body).await?;
    Ok(rest::done(&outcome))
}

/// Export the exercises of a draft as GIFT
///
/// For its staff. Texts are in Markdown, and each lesson is a category. `left_out` names what GIFT has no form for.
#[utoipa::path(tag = "exercises",
    params(("course" = inline(CourseRef), Path, description = "The id or the slug of the course.", example = "go-from-zero")),
    responses((status = 200, description = "The file, and what is not in it.", body = GiftExport)),
    security(("bearer" = ["courses:read"])))]
#[get("/courses/{course}/gift")]
pub(crate) async fn export_gift(
    service: web::Data<Service>,
    caller: AuthenticatedUser,
    course: Path<CourseRef>,
) -> Result<HttpResponse, rest::Error> {
    Ok(rest::ok(&service.export(&caller.0, &course).await?))
}
