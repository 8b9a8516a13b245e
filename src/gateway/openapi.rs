//! The OpenAPI document, gathered from the very route lists that are served.

mod way;

use actix_web::{App, HttpResponse, get, web};
use rest::Routes;
use serde_json::{Value, json};
use utoipa::openapi::{InfoBuilder, OpenApi, Server};
use utoipa::{PartialSchema, ToSchema};
use utoipa_actix_web::{AppExt, scope};

use super::health;
use crate::module_name::ModuleName;
use crate::modules::Modules;
use crate::operations;

const DESCRIPTION: &str = "Register, take courses made of lessons and exercises, get answers graded, \
track your progress, earn achievements, climb leaderboards, and receive notifications.\n\n\
To try it here: log in above, open an operation, and press *Execute*.\n\
Errors are problem documents (RFC 9457); to get the next page of a list, send `page.next` as `cursor`; updates require `If-Match`.";

const TAGS: [(&str, &str); 21] = [
    ("auth", "Register, log in, refresh, log out."),
    ("catalogue", "The published courses, open to everyone."),
    (
        "courses",
        "Courses, their drafts and their published versions.",
    ),
    ("enrollments", "The enrollments of learners."),
    ("lessons", "Lessons of a course."),
    ("exercises", "Exercises of a lesson."),
    ("submissions", "Answers to exercises and their grades."),
    ("progress", "The progress of learners."),
    ("achievements", "Awards for learners."),
    (
        "certificates",
        "What learners have completed, for anybody to check.",
    ),
    ("leaderboards", "Learners in the order of their points."),
    ("notifications", "The inbox of the current user."),
    ("users", "Accounts and profiles."),
    ("sections", "Sections of a course."),
    ("assets", "The files that texts refer to."),
    ("staff", "Who may change a course."),
    (
        "teaching",
        "The learners of a course and their grades, for those who may change it.",
    ),
    ("deliveries", "Deliveries of notifications and emails."),
    ("events", "Events that a module could not handle."),
    (
        "keys",
        "The keys that verify access tokens and credentials.",
    ),
    ("operations", "Probes of the process."),
];

/// A JSON Web Key Set (RFC 7517).
#[derive(serde::Serialize, ToSchema)]
#[schema(as = JsonWebKeySet)]
struct KeySet {
    /// The keys.
    #[schema(max_items = 100)]
    keys: Vec<Key>,
}

/// A public key (RFC 8037).
#[derive(serde::Serialize, ToSchema)]
#[schema(as = JsonWebKey)]
struct Key {
    /// The family of the key.
    #[schema(max_length = 10, example = "OKP")]
    kty: &'static str,
    /// The curve.
    #[schema(max_length = 20, example = "Ed25519")]
    crv: &'static str,
    /// What it is for.
    #[serde(rename = "use")]
    #[schema(max_length = 10, example = "sig")]
    usage: &'static str,
    /// The algorithm.
    #[schema(max_length = 10, example = "EdDSA")]
    alg: &'static str,
    /// Its name in the header of tokens; that of a key of credentials is a URL.
    #[schema(max_length = 300)]
    kid: String,
    /// The key itself, base64url.
    #[schema(max_length = 100)]
    x: String,
}

/// Get the JSON Web Key Set.
#[utoipa::path(tag = "keys", responses((status = 200, description = "The keys as a JWK set (RFC 7517).", body = KeySet)), security(()))]
#[get("/.well-known/jwks.json")]
async fn get_jwks(modules: web::Data<Modules>) -> Result<HttpResponse, rest::Error> {
    let users = modules.users();
    let mut all = users.verifying_keys().await?;
    all.extend(users.credential_keys().await?);
    let keys = all.into_iter().map(|key| Key {
        kty: "OKP",
        crv: "Ed25519",
        usage: "sig",
        alg: "EdDSA",
        kid: key.key_id,
        x: key.x,
    });
    Ok(HttpResponse::Ok()
        .insert_header(("Cache-Control", "public, max-age=300"))
        .json(KeySet {
            keys: keys.collect(),
        }))
}

/// The routes outside of `/api/v1`.
pub fn routes(config: &mut impl Routes) {
    health::routes(config);
    config.service(get_jwks);
}

/// The addresses of a module, as its own list of routes gives them.
pub(super) fn addresses_of(module: ModuleName) -> Vec<String> {
    let routes = scope("/api/v1").configure(|config| Modules::routes_of(module, config));
    let (_, api) = App::new()
        .into_utoipa_app()
        .service(routes)
        .split_for_parts();
    api.paths.paths.into_keys().collect()
}

/// The whole document as JSON.
pub fn document() -> Value {
    document_of(&ModuleName::ALL)
}

/// The document of these modules as JSON.
pub fn document_of(modules: &[ModuleName]) -> Value {
    let (_, api) = App::new()
        .into_utoipa_app()
        .service(
            scope("/api/v1")
                .configure(|config| {
                    for module in modules {
                        Modules::routes_of(*module, config);
                    }
                })
                .configure(|config| operations::routes(config)),
        )
        .service(scope("").configure(|config| routes(config)))
        .split_for_parts();
    let mut document = serde_json::to_value(describe(api)).unwrap_or_default();
    let components = &mut document["components"];
    for (name, schema) in [
        ("Problem", rest::Problem::schema()),
        ("FieldFault", kernel::FieldFault::schema()),
        ("ResourceId", kernel::UserId::schema()),
    ] {
        components["schemas"][name] = serde_json::to_value(schema).unwrap_or_default();
    }
    components["securitySchemes"] = json!({
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The `access_token` of `POST /api/v1/auth/login`.",
        }
    });
    rest::openapi::finish(&mut document);
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    let operations = paths.flat_map(|(_, item)| item.as_object_mut().into_iter().flatten());
    operations.for_each(|(_, operation)| way::number(operation));
    document
}

fn describe(mut api: OpenApi) -> OpenApi {
    api.info = InfoBuilder::new()
        .title("GO-PRO")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .contact(Some(
            utoipa::openapi::ContactBuilder::new()
                .name(Some("GO-PRO"))
                .build(),
        ))
        .license(Some(
            utoipa::openapi::LicenseBuilder::new()
                .name("MIT")
                .identifier(Some("MIT"))
                .build(),
        ))
        .build();
    api.servers = Some(vec![Server::new("/")]);
    let tags = TAGS.map(|(name, description)| {
        utoipa::openapi::tag::TagBuilder::new()
            .name(name)
            .description(Some(description))
            .build()
    });
    api.tags = Some(tags.to_vec());
    api
}
