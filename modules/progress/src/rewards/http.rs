//! The endpoints of streaks.

use actix_web::{HttpResponse, get, web};
use rest::{AuthenticatedUser, Routes};

use super::service::Service;
use super::view::StreakView;

pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(get_my_streak);
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
