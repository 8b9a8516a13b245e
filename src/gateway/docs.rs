//! The OpenAPI document and Swagger UI, served from the binary.

use actix_web::{HttpResponse, web};
use utoipa_swagger_ui::{Config, SwaggerUi, Url};

/// Mounts `/openapi.json`, `/docs/` and the addresses that lead there. The document comes as
/// bytes, because as a tree each worker would hold megabytes of it.
pub fn routes(config: &mut web::ServiceConfig, document: web::Bytes) {
    let read = move || {
        let document = document.clone();
        async move {
            HttpResponse::Ok()
                .content_type("application/json")
                .body(document)
        }
    };
    config.route("/openapi.json", web::get().to(read));
    let ui = Config::new([Url::new("GO-PRO", "/openapi.json")])
        .try_it_out_enabled(true)
        .persist_authorization(true)
        .display_request_duration(true)
        .deep_linking(true);
    for address in ["/", "/docs", "/swagger-ui", "/swagger-ui/"] {
        config.route(address, web::get().to(to_docs));
    }
    config.service(SwaggerUi::new("/docs/{_:.*}").config(ui));
}

async fn to_docs() -> HttpResponse {
    HttpResponse::TemporaryRedirect()
        .insert_header(("Location", "/docs/"))
        .finish()
}
