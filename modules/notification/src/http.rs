//! The module's endpoints: the one list of routes, and what their answers share.

mod deliveries;
mod notifications;

use actix_web::HttpResponse;
use actix_web::http::header;
use kernel::Outcome;
use rest::Routes;
use serde::Serialize;

/// Adds every route. Fixed words come before the id that would swallow them.
pub(crate) fn routes(cfg: &mut impl Routes) {
    cfg.service(notifications::list_notifications)
        .service(notifications::count_unread_notifications)
        .service(notifications::read_all_notifications)
        .service(deliveries::list_deliveries)
        .service(deliveries::retry_delivery)
        .service(notifications::get_notification)
        .service(notifications::update_notification)
        .service(notifications::delete_notification);
}

/// 202: it will happen soon; says when an earlier request has already asked for it.
fn accepted<T: Serialize>(outcome: &Outcome<T>) -> HttpResponse {
    let mut builder = HttpResponse::Accepted();
    builder.insert_header((header::CACHE_CONTROL, "private, no-store"));
    if outcome.replayed {
        builder.insert_header(("Idempotency-Replayed", "true"));
    }
    builder.json(&outcome.value)
}
