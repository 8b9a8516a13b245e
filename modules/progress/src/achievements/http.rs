//! The endpoints of achievements.

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, delete, get, patch, post, web};
use kernel::AchievementId;
use rest::{Admin, AuthenticatedUser, Command, IfMatch, List, NoFilter, Path, Routes};

use super::request::{AchievementFilter, CreateAchievement, UpdateAchievement};
use super::service::Service;
use super::view::{AchievementProgress, AchievementView, EarnedAchievement};

/// The picture runs no script and loads nothing.
const POLICY: &str =
    "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(list_achievements)
        .service(create_achievement)
        .service(list_my_achievements)
        .service(list_my_achievement_progress)
        .service(get_achievement)
        .service(update_achievement)
        .service(delete_achievement)
        .service(get_achievement_image);
}

/// List achievements
#[utoipa::path(tag = "achievements", params(AchievementFilter, rest::Paging),
    responses((status = 200, description = "A page of achievements.", body = rest::Paged<AchievementView>)),
    security(("bearer" = ["progress:read"])))]
#[get("/achievements")]
async fn list_achievements(
    service: web::Data<Service>,
    _learner: AuthenticatedUser,
    list: List<AchievementFilter>,
) -> Result<HttpResponse, rest::Error> {
    let page = service.list(&list.filter, &list.page_request).await?;
    Ok(rest::list(&list, page))
}

/// Create an achievement
///
/// For administrators. Learners who have reached it already get it within the next minutes, each once. There can be 300
/// achievements, the retired ones included.
#[utoipa::path(tag = "achievements", request_body = CreateAchievement,
    params(rest::IdempotencyHeader),
    responses((status = 201, description = "The achievement.", body = AchievementView,
        headers(("Location" = String, description = "The URL of the achievement."),
            ("ETag" = String, description = "The version, for If-Match.")))),
    security(("bearer" = ["progress:write"])))]
#[post("/achievements")]
async fn create_achievement(
    service: web::Data<Service>,
    _admin: Admin,
    command: Command<CreateAchievement>,
) -> Result<HttpResponse, rest::Error> {
    let outcome = service.create(&command.operation, command.body).await?;
    let location = format!("/api/v1/achievements/{}", outcome.value.id);
    let version = outcome.value.version;
    Ok(rest::created_at_version(&location, version, &outcome))
}

/// List achievements of the current user
///
/// The newest come first.
#[utoipa::path(tag = "achievements", params(rest::Paging),
    responses((status = 200, description = "A page of your achievements.", body = rest::Paged<EarnedAchievement>)),
    security(("bearer" = ["progress:read"])))]
#[get("/achievements/mine")]
async fn list_my_achievements(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    list: List<NoFilter>,
) -> Result<HttpResponse, rest::Error> {
    let page = service
        .list_earned(learner.0.user_id, &list.page_request)
        .await?;
    Ok(rest::list(&list, page))
}

/// List the progress of the current user towards achievements
///
/// All that can be earned, and all that you have earned, in the order of the list of achievements.
#[utoipa::path(tag = "achievements", params(rest::Paging),
    responses((status = 200, description = "A page of achievements with how far you are.", body = rest::Paged<AchievementProgress>)),
    security(("bearer" = ["progress:read"])))]
#[get("/achievements/mine/progress")]
async fn list_my_achievement_progress(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    list: List<NoFilter>,
) -> Result<HttpResponse, rest::Error> {
    let page = service
        .list_progress(learner.0.user_id, &list.page_request)
        .await?;
    Ok(rest::list(&list, page))
}

/// Get an achievement
#[utoipa::path(tag = "achievements",
    params(("achievement" = AchievementId, Path, description = "The achievement.", example = "01940000-0000-7000-8000-0000000ac001")),
    responses((status = 200, description = "The achievement.", body = AchievementView,
        headers(("ETag" = String, description = "The version, for If-Match.")))),
    security(("bearer" = ["progress:read"])))]
#[get("/achievements/{achievement}")]
async fn get_achievement(
    service: web::Data<Service>,
    _learner: AuthenticatedUser,
    achievement: Path<AchievementId>,
) -> Result<HttpResponse, rest::Error> {
    let view = service.find(*achievement).await?;
    Ok(rest::with_version(view.version, &view))
}

/// Update an achievement
///
/// For administrators. When it becomes easier, learners who have reached it get it within the next minutes, each once.
/// Nobody who has earned it loses it.
#[utoipa::path(tag = "achievements", request_body = UpdateAchievement,
    params(("achievement" = AchievementId, Path, description = "The achievement.", example = "01940000-0000-7000-8000-0000000ac001"), IfMatch),
    responses((status = 200, description = "The changed achievement.", body = AchievementView,
        headers(("ETag" = String, description = "The new version.")))),
    security(("bearer" = ["progress:write"])))]
#[patch("/achievements/{achievement}")]
async fn update_achievement(
    service: web::Data<Service>,
    _admin: Admin,
    achievement: Path<AchievementId>,
    expected: IfMatch,
    command: Command<UpdateAchievement>,
) -> Result<HttpResponse, rest::Error> {
    let Command { operation, body } = command;
    let view = service
        .update(&operation, *achievement, &expected.0, body)
        .await?;
    Ok(rest::with_version(view.version, &view))
}

/// Delete an achievement
///
/// For administrators. One that somebody has earned is retired instead: nobody earns it any more, and those who have it
/// keep it.
#[utoipa::path(tag = "achievements",
    params(("achievement" = AchievementId, Path, description = "The achievement.", example = "01940000-0000-7000-8000-0000000ac001"), IfMatch),
    responses((status = 204, description = "Nobody earns it any more.")),
    security(("bearer" = ["progress:write"])))]
#[delete("/achievements/{achievement}")]
async fn delete_achievement(
    service: web::Data<Service>,
    _admin: Admin,
    achievement: Path<AchievementId>,
    expected: IfMatch,
) -> Result<HttpResponse, rest::Error> {
    service.delete(*achievement, &expected.0).await?;
    Ok(rest::no_content())
}

/// Get the picture of an achievement
///
/// A medal by its tier, with what it counts and how much of that. Anybody may see it.
#[utoipa::path(tag = "achievements",
    params(("achievement" = AchievementId, Path, description = "The achievement.", example = "01940000-0000-7000-8000-0000000ac001")),
    responses((status = 200, description = "The picture.", content((String = "image/svg+xml")),
        headers(("ETag" = String, description = "Changes with the picture.")))),
    security(()))]
#[get("/achievements/{achievement}/image")]
async fn get_achievement_image(
    service: web::Data<Service>,
    achievement: Path<AchievementId>,
) -> Result<HttpResponse, rest::Error> {
    let svg = service.image(*achievement).await?;
    let etag = format!("\"{}\"", rest::fingerprint(svg.as_bytes()));
    let mut response = HttpResponse::Ok()
        .content_type("image/svg+xml")
        .insert_header((header::CACHE_CONTROL, "public, no-cache"))
        .insert_header((header::ETAG, etag))
        .body(svg);
    let headers = response.headers_mut();
    let policy = HeaderValue::from_static(POLICY);
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}
