//! The endpoints of streaks and achievements.

use actix_web::{HttpResponse, get, web};
use rest::{AuthenticatedUser, List, NoFilter, Routes};

use super::service::Service;
use super::view::{AchievementView, EarnedAchievement, StreakView};

pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(get_my_streak)
        .service(list_achievements)
        .service(list_my_achievements);
}

/// Get the streak of the current user
///
/// Days are counted in your own time zone, and one missed day in seven is forgiven.
#[utoipa::path(tag = "progress",
    responses((status = 200, description = "Your streak.", body = StreakView)),
    security(("bearer" = ["progress:read"])))]
#[get("/progress/streak")]
async fn get_my_streak(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
) -> Result<HttpResponse, rest::Error> {
    let view = service.streak(learner.0.user_id).await?;
    Ok(rest::ok(&view))
}

/// List achievements
#[utoipa::path(tag = "achievements", params(rest::Paging),
    responses((status = 200, description = "A page of achievements.", body = rest::Paged<AchievementView>)),
    security(("bearer" = ["progress:read"])))]
#[get("/achievements")]
async fn list_achievements(
    service: web::Data<Service>,
    _learner: AuthenticatedUser,
    list: List<NoFilter>,
) -> Result<HttpResponse, rest::Error> {
    let page = service.list(&list.page_request).await?;
    Ok(rest::list(&list, page))
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
