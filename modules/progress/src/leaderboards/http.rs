//! The endpoints of leaderboards.

use actix_web::{HttpResponse, get, put, web};
use rest::{AuthenticatedUser, Json, List, Path, Routes};

use super::request::{Appear, BoardFilter};
use super::service::Service;
use super::view::{LeaderboardEntry, LeaderboardPresence};
use crate::domain::Scope;

pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(replace_my_leaderboard_settings)
        .service(get_leaderboard);
}

/// Get a leaderboard
///
/// The best come first. Learners who do not want to appear, or whose account is disabled or about to
/// be erased, are left out and leave no gap. You see your own entry in any case. That of a cohort shows the points of its
/// members in their course; it exists for them and for the staff of the course alone.
#[utoipa::path(tag = "leaderboards",
    params(("scope" = String, Path, description = "`global`, `course:` and the id of a course, or `cohort:` and the id of a cohort.",
        max_length = 43, pattern = "^(global|(course|cohort):[0-9a-fA-F-]{36})$", example = "global"), BoardFilter, rest::Paging),
    responses((status = 200, description = "A page of the leaderboard.", body = rest::Paged<LeaderboardEntry>)),
    security(("bearer" = ["progress:read"])))]
#[get("/progress/leaderboards/{scope}")]
async fn get_leaderboard(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    scope: Path<Scope>,
    list: List<BoardFilter>,
) -> Result<HttpResponse, rest::Error> {
    let page = service
        .list(learner.0.user_id, *scope, &list.filter, &list.page_request)
        .await?;
    Ok(rest::list(&list, page))
}

/// Set how the current user appears on leaderboards
#[utoipa::path(tag = "leaderboards", request_body = Appear,
    responses((status = 200, description = "How you appear now.", body = LeaderboardPresence)),
    security(("bearer" = ["progress:write"])))]
#[put("/progress/leaderboards/me")]
async fn replace_my_leaderboard_settings(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    body: Json<Appear>,
) -> Result<HttpResponse, rest::Error> {
    let view = service.replace_settings(learner.0.user_id, &body.0).await?;
    Ok(rest::ok(&view))
}
