//! The endpoint of recommendations.

use actix_web::{HttpResponse, get, web};
use rest::{AuthenticatedUser, Routes};

use super::service::Service;
use super::view::Recommendations;

pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(list_my_recommendations);
}

/// List recommendations for the current user
///
/// What to do next, the most urgent first, each with its reason: a lesson to go on with, an exercise that was not passed,
/// or a course that follows on one that is completed.
#[utoipa::path(tag = "progress",
    responses((status = 200, description = "The recommendations.", body = Recommendations)),
    security(("bearer" = ["progress:read"])))]
#[get("/progress/recommendations")]
async fn list_my_recommendations(
    service: web::Data<Service>,
    learner: AuthenticatedUser,
) -> Result<HttpResponse, rest::Error> {
    let view = service.list(learner.0.user_id).await?;
    Ok(rest::ok(&view))
}
