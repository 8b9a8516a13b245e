//! What operators do over the API, across all modules.

mod dead_letters;

use utoipa_actix_web::service_config::ServiceConfig;

/// Adds every route; they need the modules and the clock as application data.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(dead_letters::list_dead_letters)
        .service(dead_letters::get_dead_letter)
        .service(dead_letters::replay_dead_letter)
        .service(dead_letters::discard_dead_letter);
}
