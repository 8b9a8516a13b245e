//! Leaderboards.

use actix_web::{HttpResponse, get, put, web};
use rest::{Json, Learner, List, Path};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::service::{Scope, Service};
use crate::view::{LeaderboardEntry, LeaderboardPresence, Period};

/// How to appear on leaderboards.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"visible": true, "alias": "gopher"}))]
pub(crate) struct Appear {
    /// Whether others see you there.
    visible: bool,
    /// The name that others see instead of your own; without it, your display name.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 40, format = "line", nullable = false)]
    alias: Option<String>,
}

/// Whose surroundings are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Around {
    Me,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BoardFilter {
    /// The ISO week or the month in UTC, or all time, which is the default.
    #[param(inline, required = false)]
    #[serde(default)]
    period: Option<Period>,
    /// `me` shows you with up to five neighbours on each side, instead of a page.
    #[param(inline, required = false)]
    #[serde(default)]
    around: Option<Around>,
}

/// Read a leaderboard
///
/// The best come first. Who does not want to be seen is left out.
#[utoipa::path(tag = "leaderboards",
    params(("scope" = String, Path, description = "`global`, or `course:` and the id of a course.",
        max_length = 43, pattern = "^(global|course:[0-9a-fA-F-]{36})$", example = "global"), BoardFilter, rest::Paging),
    responses((status = 200, description = "A page of the leaderboard.", body = rest::Paged<LeaderboardEntry>)),
    security(("bearer" = ["progress:read"])))]
#[get("/progress/leaderboards/{scope}")]
pub(crate) async fn get_leaderboard(
    service: web::Data<Service>,
    learner: Learner,
    scope: Path<Scope>,
    list: List<BoardFilter>,
) -> Result<HttpResponse, rest::Error> {
    let period = list.filter.period.unwrap_or_default();
    let around_me = list.filter.around.is_some();
    let page = service
        .leaderboard(learner.0.user_id, *scope, period, around_me, &list.slice)
        .await?;
    Ok(rest::list(&list, page))
}

/// Set how you appear on leaderboards
#[utoipa::path(tag = "leaderboards", request_body = Appear,
    responses((status = 200, description = "How you appear now.", body = LeaderboardPresence)),
    security(("bearer" = ["progress:write"])))]
#[put("/progress/leaderboards/me")]
pub(crate) async fn appear_on_leaderboards(
    service: web::Data<Service>,
    learner: Learner,
    body: Json<Appear>,
) -> Result<HttpResponse, rest::Error> {
    let view = service
        .appear(learner.0.user_id, body.0.visible, body.0.alias.as_deref())
        .await?;
    Ok(rest::ok(&view))
}
