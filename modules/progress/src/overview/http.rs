//! The endpoints of a learner's own overview.

use actix_web::{HttpResponse, get, web};
use rest::{AuthenticatedUser, Query, Routes};

use super::request::Days;
use super::service::Service;
use super::view::{ActivityCalendar, Overview, Stats};

pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(get_my_progress)
        .service(get_my_stats)
        .service(get_my_activity);
}

/// Get the progress overview of the current user
#[utoipa::path(tag = "progress",
    responses((status = 200, description = "Totals, level, streak and active enrollments.", body = Overview)),
    security(("bearer" = ["progress:read"])))]
#[get("/progress")]
async fn get_my_progress(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
) -> Result<HttpResponse, rest::Error> {
    let view = service.overview(learner.0.user_id).await?;
    Ok(rest::ok(&view))
}

/// Get statistics of the current user
#[utoipa::path(tag = "progress",
    responses((status = 200, description = "Your statistics.", body = Stats)),
    security(("bearer" = ["progress:read"])))]
#[get("/progress/stats")]
async fn get_my_stats(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
) -> Result<HttpResponse, rest::Error> {
    let view = service.stats(learner.0.user_id).await?;
    Ok(rest::ok(&view))
}

/// Get the activity calendar of the current user
///
/// The days on which you learned, in your own time zone, with what you did.
#[utoipa::path(tag = "progress", params(Days),
    responses(
        (status = 200, description = "The active days.", body = ActivityCalendar),
        (status = 422, description = "The days are in the wrong order or too far apart.", body = rest::Problem, content_type = "application/problem+json")),
    security(("bearer" = ["progress:read"])))]
#[get("/progress/activity")]
async fn get_my_activity(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    days: Query<Days>,
) -> Result<HttpResponse, rest::Error> {
    let view = service.calendar(learner.0.user_id, &days.0).await?;
    Ok(rest::ok(&view))
}
