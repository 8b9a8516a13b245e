//! The caller as a whole.

use actix_web::{HttpResponse, get, web};
use chrono::NaiveDate;
use rest::{Learner, Query};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::service::Service;
use crate::view::{ActivityCalendar, Overview, Stats, StreakView};

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Days {
    /// The first day; without it, 29 days before the last.
    #[param(format = Date, required = false)]
    #[serde(default)]
    from: Option<NaiveDate>,
    /// The last day, at most 365 days after the first; without it, today in your time zone.
    #[param(format = Date, required = false)]
    #[serde(default)]
    to: Option<NaiveDate>,
}

/// Read everything at a glance
#[utoipa::path(tag = "progress",
    responses((status = 200, description = "Totals, level, streak and active enrolments.", body = Overview)),
    security(("bearer" = ["progress:read"])))]
#[get("/progress")]
pub(crate) async fn get_progress_overview(
    service: web::Data<Service>,
    learner: Learner,
) -> Result<HttpResponse, rest::Error> {
    let view = service.overview(learner.0.user_id).await?;
    Ok(rest::ok(&view))
}

/// Read your streak
///
/// Days are counted in your own time zone, and one missed day in seven is forgiven.
#[utoipa::path(tag = "progress",
    responses((status = 200, description = "Your days in a row.", body = StreakView)),
    security(("bearer" = ["progress:read"])))]
#[get("/progress/streak")]
pub(crate) async fn get_streak(
    service: web::Data<Service>,
    learner: Learner,
) -> Result<HttpResponse, rest::Error> {
    let view = service.streak(learner.0.user_id).await?;
    Ok(rest::ok(&view))
}

/// Read your numbers
#[utoipa::path(tag = "progress",
    responses((status = 200, description = "Your numbers.", body = Stats)),
    security(("bearer" = ["progress:read"])))]
#[get("/progress/stats")]
pub(crate) async fn get_stats(
    service: web::Data<Service>,
    learner: Learner,
) -> Result<HttpResponse, rest::Error> {
    let view = service.stats(learner.0.user_id).await?;
    Ok(rest::ok(&view))
}

/// Read your activity calendar
///
/// The days on which you learned, in your own time zone, with what you did.
#[utoipa::path(tag = "progress", params(Days),
    responses(
        (status = 200, description = "The active days.", body = ActivityCalendar),
        (status = 422, description = "The days are in the wrong order or too many.", body = rest::Problem, content_type = "application/problem+json")),
    security(("bearer" = ["progress:read"])))]
#[get("/progress/activity")]
pub(crate) async fn get_activity(
    service: web::Data<Service>,
    learner: Learner,
    days: Query<Days>,
) -> Result<HttpResponse, rest::Error> {
    let view = service
        .calendar(learner.0.user_id, days.0.from, days.0.to)
        .await?;
    Ok(rest::ok(&view))
}
