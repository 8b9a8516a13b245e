//! The OpenAPI document and Swagger UI, served from the binary, with a bar to log in.

mod demo;

pub use demo::DemoLogins;

use actix_web::{HttpResponse, web};
use utoipa_swagger_ui::{Config, SwaggerUi};

/// What stands beside the files of Swagger UI: address, media type and text.
const OWN: [(&str, &str, &str); 4] = [
    ("/docs/", HTML, include_str!("docs/index.html")),
    ("/docs/index.html", HTML, include_str!("docs/index.html")),
    (
        "/docs/gopro.js",
        "text/javascript; charset=utf-8",
        include_str!("docs/gopro.js"),
    ),
    (
        "/docs/gopro.css",
        "text/css; charset=utf-8",
        include_str!("docs/gopro.css"),
    ),
];
const HTML: &str = "text/html; charset=utf-8";

/// Mounts `/openapi.json`, `/docs/` and the addresses that lead there. The document comes as
/// bytes, because as a tree each worker would hold megabytes of it.
pub fn routes(config: &mut web::ServiceConfig, document: web::Bytes, demo: DemoLogins) {
    let read = move || {
        let document = document.clone();
        async move {
            HttpResponse::Ok()
                .content_type("application/json")
                .body(document)
        }
    };
    config.route("/openapi.json", web::get().to(read));
    for (address, kind, text) in OWN {
        let read = move || async move { HttpResponse::Ok().content_type(kind).body(text) };
        config.route(address, web::get().to(read));
    }
    config.service(
        web::resource("/docs/demo.json")
            .app_data(web::Data::new(demo))
            .route(web::get().to(demo::show)),
    );
    for address in ["/", "/docs", "/swagger-ui", "/swagger-ui/"] {
        config.route(address, web::get().to(to_docs));
    }
    // Its own page is never served, so neither is its configuration.
    let files = SwaggerUi::new("/docs/{_:.*}").config(Config::from("/openapi.json"));
    config.service(files);
}

async fn to_docs() -> HttpResponse {
    HttpResponse::TemporaryRedirect()
        .insert_header(("Location", "/docs/"))
        .finish()
}
