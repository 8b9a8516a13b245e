//! Achievements.

use actix_web::{HttpResponse, get, web};
use rest::{Learner, List, NoFilter};

use crate::service::Service;
use crate::view::{AchievementView, EarnedAchievement};

/// List what can be earned
#[utoipa::path(tag = "achievements", params(rest::Paging),
    responses((status = 200, description = "A page of achievements.", body = rest::Paged<AchievementView>)),
    security(("bearer" = ["progress:read"])))]
#[get("/achievements")]
pub(crate) async fn list_achievements(
    service: web::Data<Service>,
    _learner: Learner,
    list: List<NoFilter>,
) -> Result<HttpResponse, rest::Error> {
    let page = service.achievements(&list.slice).await?;
    Ok(rest::list(&list, page))
}

/// List what you have earned
///
/// The newest come first.
#[utoipa::path(tag = "achievements", params(rest::Paging),
    responses((status = 200, description = "A page of your achievements.", body = rest::Paged<EarnedAchievement>)),
    security(("bearer" = ["progress:read"])))]
#[get("/achievements/mine")]
pub(crate) async fn list_my_achievements(
    service: web::Data<Service>,
    learner: Learner,
    list: List<NoFilter>,
) -> Result<HttpResponse, rest::Error> {
    let page = service.earned(learner.0.user_id, &list.slice).await?;
    Ok(rest::list(&list, page))
}
