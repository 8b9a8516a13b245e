//! The edge of regrades.

use actix_web::{HttpResponse, delete, get, post, web};
use kernel::{ExerciseId, RegradeId};
use rest::{Command, IdempotencyHeader, Instructor, List, NoFilter, Paged, Paging, Path, Routes};

use super::request::CreateRegrade;
use super::service::Service;
use super::view::{RegradeChange, RegradeView};

/// Every route of the room.
pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(create_regrade)
        .service(list_regrades)
        .service(get_regrade)
        .service(list_regrade_changes)
        .service(apply_regrade)
        .service(cancel_regrade);
}

/// Preview a regrade of an exercise.
///
/// Works out what the answers to the exercise, whatever version they answer, would get by the newest published
/// version. Correct the exercise and publish it first. Nothing changes until the regrade is applied, and no answer
/// loses points or its pass. What the staff grades is not regraded. Answers that learners on an older version give
/// afterwards are graded by that version; let them move to the newest one, or regrade again.
#[utoipa::path(tag = "submissions", request_body = CreateRegrade,
    params(("exercise" = ExerciseId, Path, description = "The exercise.", example = "01940000-0000-7000-8000-000000020101"), IdempotencyHeader),
    responses((status = 202, description = "The regrade; read it until its state is checked.", body = RegradeView,
        headers(("Location" = String, description = "The URL of the regrade.")))),
    security(("bearer" = ["courses:write"])))]
#[post("/exercises/{exercise}/regrades")]
pub(crate) async fn create_regrade(
    service: web::Data<Service>,
    author: Instructor,
    exercise: Path<ExerciseId>,
    command: Command<CreateRegrade>,
) -> Result<HttpResponse, rest::Error> {
    let (operation, body) = (command.operation, command.body);
    let created = service
        .create(&author.0, &operation, *exercise, body)
        .await?;
    let location = format!("/api/v1/regrades/{}", created.value.id);
    Ok(rest::accepted(Some(&location), &created))
}

/// List the regrades of an exercise.
///
/// For the staff of its course.
#[utoipa::path(tag = "submissions",
    params(("exercise" = ExerciseId, Path, description = "The exercise.", example = "01940000-0000-7000-8000-000000020101"), Paging),
    responses((status = 200, description = "A page of regrades, the latest first.", body = Paged<RegradeView>)),
    security(("bearer" = ["courses:read"])))]
#[get("/exercises/{exercise}/regrades")]
pub(crate) async fn list_regrades(
    service: web::Data<Service>,
    author: Instructor,
    exercise: Path<ExerciseId>,
    list: List<NoFilter>,
) -> Result<HttpResponse, rest::Error> {
    let page = service
        .list(&author.0, *exercise, &list.page_request)
        .await?;
    Ok(rest::list(&list, page))
}

/// Get a regrade.
#[utoipa::path(tag = "submissions",
    params(("regrade" = RegradeId, Path, description = "The regrade.", example = "01940000-0000-7000-8000-000000000f11")),
    responses((status = 200, description = "The regrade.", body = RegradeView)),
    security(("bearer" = ["courses:read"])))]
#[get("/regrades/{regrade}")]
pub(crate) async fn get_regrade(
    service: web::Data<Service>,
    author: Instructor,
    regrade: Path<RegradeId>,
) -> Result<HttpResponse, rest::Error> {
    Ok(rest::ok(&service.find(&author.0, *regrade).await?))
}

/// List what a regrade changes.
///
/// Each answer that gets a better grade, before the regrade is applied and after it.
#[utoipa::path(tag = "submissions",
    params(("regrade" = RegradeId, Path, description = "The regrade.", example = "01940000-0000-7000-8000-000000000f11"), Paging),
    responses((status = 200, description = "A page of changes, learner by learner.", body = Paged<RegradeChange>)),
    security(("bearer" = ["courses:read"])))]
#[get("/regrades/{regrade}/changes")]
pub(crate) async fn list_regrade_changes(
    service: web::Data<Service>,
    author: Instructor,
    regrade: Path<RegradeId>,
    list: List<NoFilter>,
) -> Result<HttpResponse, rest::Error> {
    let page = service
        .list_changes(&author.0, *regrade, &list.page_request)
        .await?;
    Ok(rest::list(&list, page))
}

/// Apply a regrade.
///
/// Gives the answers the grades that the preview shows. Each learner is notified once, and their progress follows.
/// Answers that were graded otherwise since the preview are left alone.
#[utoipa::path(tag = "submissions",
    params(("regrade" = RegradeId, Path, description = "The regrade.", example = "01940000-0000-7000-8000-000000000f11")),
    responses((status = 202, description = "The regrade; read it until its state is applied.", body = RegradeView)),
    security(("bearer" = ["courses:write"])))]
#[post("/regrades/{regrade}/apply")]
pub(crate) async fn apply_regrade(
    service: web::Data<Service>,
    author: Instructor,
    regrade: Path<RegradeId>,
) -> Result<HttpResponse, rest::Error> {
    let applied = service.apply(&author.0, *regrade).await?;
    Ok(rest::accepted(None, &applied))
}

/// Cancel a regrade.
///
/// Before it is applied; nothing of it stays.
#[utoipa::path(tag = "submissions",
    params(("regrade" = RegradeId, Path, description = "The regrade.", example = "01940000-0000-7000-8000-000000000f11")),
    responses((status = 204, description = "The regrade is gone.")),
    security(("bearer" = ["courses:write"])))]
#[delete("/regrades/{regrade}")]
pub(crate) async fn cancel_regrade(
    service: web::Data<Service>,
    author: Instructor,
    regrade: Path<RegradeId>,
) -> Result<HttpResponse, rest::Error> {
    service.cancel(&author.0, *regrade).await?;
    Ok(rest::no_content())
}
