//! The endpoints of streaks.

use actix_web::{HttpResponse, get, post, web};
use rest::{AuthenticatedUser, Command, Routes};

use super::request::CreateVacation;
use super::service::Service;
use super::view::{StreakView, VacationList};

pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(get_my_streak)
        .service(list_my_vacations)
        .service(create_my_vacation);
}

/// Get the streak of the current user
///
/// Days are counted in your own time zone, and one missed day in seven is forgiven. Days of a
/// vacation are not missed.
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

/// List vacations of the current user
///
/// The days that you have set aside: they keep your streak. Those that you announced last come last.
#[utoipa::path(tag = "progress",
    responses((status = 200, description = "Your vacations.", body = VacationList)),
    security(("bearer" = ["progress:read"])))]
#[get("/progress/vacations")]
async fn list_my_vacations(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
) -> Result<HttpResponse, rest::Error> {
    Ok(rest::ok(&service.vacations(learner.0.user_id).await?))
}

/// Announce a vacation
///
/// Its days keep your streak as if you had not missed them, and learning on them counts as on any other day. A vacation
/// is announced before it begins anywhere in the world, at most a year ahead, and cannot be taken back; a calendar year
/// has at most 30 days of vacations.
#[utoipa::path(tag = "progress", request_body = CreateVacation, params(rest::IdempotencyHeader),
    responses((status = 200, description = "Your vacations.", body = VacationList)),
    security(("bearer" = ["progress:write"])))]
#[post("/progress/vacations")]
async fn create_my_vacation(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
    command: Command<CreateVacation>,
) -> Result<HttpResponse, rest::Error> {
    let Command { operation, body } = command;
    let done = service
        .announce(learner.0.user_id, &body, &operation)
        .await?;
    Ok(rest::done(&done))
}
