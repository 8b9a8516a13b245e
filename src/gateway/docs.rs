//! Swagger UI, served from the binary.

use actix_web::{HttpResponse, web};
use serde_json::Value;
use utoipa_swagger_ui::{Config, SwaggerUi, Url};

/// Mounts `/docs/` and the addresses that lead there.
pub fn routes(config: &mut web::ServiceConfig, document: Value) {
    let ui = Config::default()
        .try_it_out_enabled(true)
        .persist_authorization(true)
        .display_request_duration(true)
        .deep_linking(true);
    for address in ["/", "/docs", "/swagger-ui", "/swagger-ui/"] {
        config.route(address, web::get().to(to_docs));
    }
    config.service(
        SwaggerUi::new("/docs/{_:.*}")
            .config(ui)
            .external_url_unchecked(Url::new("GO-PRO", "/openapi.json"), document),
    );
}

async fn to_docs() -> HttpResponse {
    HttpResponse::TemporaryRedirect()
        .insert_header(("Location", "/docs/"))
        .finish()
}
