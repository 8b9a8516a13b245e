//! Which service owns which address, read from the route lists of the modules themselves.

use actix_web::body::{self, BoxBody};
use actix_web::http::{Method, StatusCode, header};
use actix_web::web::ServiceConfig;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use kernel::FieldFault;
use rest::MaybeCaller;
use serde::Deserialize;
use serde_json::Value;

use super::fallback::fallback;
use super::openapi;
use super::outward::Audience;
use super::proxy::{Body, Proxy};
use super::refusal::Refusal;
use crate::module_name::ModuleName;

const KEYS: &str = "/.well-known/jwks.json";
/// More than a dead letter with its event can have.
const LARGEST: usize = 16 * 1024 * 1024;
const DEAD_LETTERS: &str = "/api/v1/events/dead-letters";

/// The addresses of the services, in the order in which they are looked through.
#[derive(Debug, Clone)]
pub(super) struct Routing(Vec<Forwarded>);

/// An address that a service owns.
#[derive(Debug, Clone)]
struct Forwarded {
    address: String,
    owner: Owner,
    /// The methods that look at a token.
    checked: Vec<Method>,
    /// Who else may get what is read here.
    audience: Audience,
    /// How large the body of a POST may be, where the document says so.
    body_limit: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Module(ModuleName),
    /// Each service has a part of them, and the query says which is requested.
    Named,
    /// Each service has a part of them.
    Each,
}

/// The module whose dead letters are requested; the service checks all else.
#[derive(Debug, Deserialize)]
struct Named {
    module: Option<ModuleName>,
}

impl Routing {
    /// The owner of each address that `document` describes, but for those that the gateway answers
    /// itself.
    pub(super) fn of(document: &Value) -> Self {
        let mut owners = vec![(KEYS.to_owned(), Owner::Module(ModuleName::User))];
        for module in ModuleName::ALL {
            let addresses = openapi::addresses_of(module).into_iter();
            owners.extend(addresses.map(|address| (address, Owner::Module(module))));
        }
        let paths = document["paths"].as_object().into_iter().flatten();
        let letters = paths
            .map(|(address, _)| address)
            .filter(|address| address.starts_with(DEAD_LETTERS));
        owners.extend(letters.map(|address| {
            let owner = if address == DEAD_LETTERS {
                Owner::Named
            } else {
                Owner::Each
            };
            (address.clone(), owner)
        }));
        // A word comes before a parameter in its place, because `{` comes after all letters.
        owners.sort_by(|(one, _), (other, _)| one.cmp(other));
        let forwarded = owners.into_iter().map(|(address, owner)| {
            let operations = document["paths"][&address].as_object();
            let operations = operations.into_iter().flatten();
            let checked = operations.filter(|(_, operation)| looks_at_token(operation));
            Forwarded {
                checked: checked
                    .filter_map(|(method, _)| method.to_uppercase().parse().ok())
                    .collect(),
                audience: match owner {
                    _ if address == KEYS => Audience::Everybody { remember: false },
                    Owner::Module(ModuleName::Course)
                        if is_open(&document["paths"][&address]["get"]) =>
                    {
                        Audience::Everybody { remember: true }
                    }
                    Owner::Module(ModuleName::Progress)
                        if is_public(&document["paths"][&address]["get"]) =>
                    {
                        Audience::Everybody { remember: false }
                    }
                    _ => Audience::Caller,
                },
                body_limit: document["paths"][&address]["post"]["x-body-limit-bytes"]
                    .as_u64()
                    .and_then(|limit| usize::try_from(limit).ok()),
                address,
                owner,
            }
        });
        Self(forwarded.collect())
    }

    /// Mounts every address.
    pub(super) fn mount(&self, config: &mut ServiceConfig, proxy: &Proxy) {
        for route in &self.0 {
            let (proxy, forwarded) = (proxy.clone(), route.clone());
            let answer = move |req: HttpRequest, payload: web::Payload| {
                let (proxy, forwarded) = (proxy.clone(), forwarded.clone());
                async move { forwarded.answer(&proxy, req, payload).await }
            };
            config.service(web::resource(route.address.as_str()).to(answer));
        }
    }
}

impl Forwarded {
    async fn answer(
        &self,
        proxy: &Proxy,
        req: HttpRequest,
        payload: web::Payload,
    ) -> Result<HttpResponse, rest::Error> {
        if req.method() == Method::OPTIONS {
            return fallback(req).await;
        }
        if self.checked.contains(req.method()) {
            // An invalid token is refused here, before it costs a service anything.
            MaybeCaller::extract(&req).await?;
        }
        let audience = match *req.method() {
            Method::GET => self.audience,
            _ => Audience::Caller,
        };
        let module = match self.owner {
            Owner::Module(module) => module,
            Owner::Named => named(&req)?,
            Owner::Each => return query_each(proxy, &req).await,
        };
        let limit = self.body_limit.filter(|_| req.method() == Method::POST);
        let body = Some(Body { payload, limit });
        proxy.forward(module, audience, &req, body).await
    }
}

/// Sends the request to every service, because an event may be a dead letter of several, and joins the answers.
async fn query_each(proxy: &Proxy, req: &HttpRequest) -> Result<HttpResponse, rest::Error> {
    let [first, others @ ..] = ModuleName::ALL;
    let mut whole = proxy.forward(first, Audience::Caller, req, None).await?;
    for module in others {
        let part = proxy.forward(module, Audience::Caller, req, None).await?;
        whole = match (whole.status(), part.status()) {
            (StatusCode::NOT_FOUND, _) => part,
            (known, StatusCode::NOT_FOUND) if known.is_success() => whole,
            (known, new) if known.is_success() && new.is_success() => join(whole, part).await?,
            (known, _) if known.is_success() => part,
            _ => whole,
        };
    }
    Ok(whole)
}

/// The first answer, its lists continued by those of the second.
async fn join(first: HttpResponse, second: HttpResponse) -> Result<HttpResponse, rest::Error> {
    let (mut head, first) = first.into_parts();
    let (mut whole, part) = (read(first).await?, read(second.into_body()).await?);
    for (name, value) in whole.as_object_mut().into_iter().flatten() {
        if let (Value::Array(known), Value::Array(more)) = (value, &part[name.as_str()]) {
            let new = more.iter().filter(|item| !known.contains(item)).cloned();
            let new: Vec<Value> = new.collect();
            known.extend(new);
        }
    }
    head.headers_mut().remove(header::CONTENT_LENGTH);
    let body = match whole {
        Value::Null => web::Bytes::new(),
        whole => whole.to_string().into(),
    };
    Ok(head.set_body(BoxBody::new(body)))
}

/// The JSON of an answer; null when it has no body.
async fn read(body: BoxBody) -> Result<Value, rest::Error> {
    let bytes = body::to_bytes_limited(body, LARGEST).await;
    let bytes = bytes.ok().and_then(Result::ok);
    let bytes = bytes.ok_or(Refusal::BadAnswer)?;
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&bytes).map_err(|_| Refusal::BadAnswer.into())
}

fn named(req: &HttpRequest) -> Result<ModuleName, rest::Error> {
    let query = web::Query::<Named>::from_query(req.query_string());
    let module = query.ok().and_then(|query| query.into_inner().module);
    module.ok_or_else(|| {
        let names = ModuleName::ALL.map(ModuleName::as_str).join(", ");
        let text = format!("must be one of {names}");
        rest::Error::new(
            StatusCode::BAD_REQUEST,
            "request.query_invalid",
            "each service keeps its own dead letters; name one with the parameter module",
        )
        .with_fields(vec![FieldFault::new("/query/module", "enum", text)])
    })
}

fn looks_at_token(operation: &Value) -> bool {
    let mut schemes = operation["security"].as_array().into_iter().flatten();
    schemes.any(|scheme| scheme.get("bearer").is_some())
}

fn is_open(operation: &Value) -> bool {
    let mut schemes = operation["security"].as_array().into_iter().flatten();
    schemes.any(|scheme| scheme.as_object().is_some_and(serde_json::Map::is_empty))
}

/// Whether nobody shows a token.
fn is_public(operation: &Value) -> bool {
    operation["security"].as_array().is_some_and(Vec::is_empty)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Audience, Owner, Routing};
    use crate::gateway::openapi;
    use crate::module_name::ModuleName;

    #[test]
    fn every_documented_address_has_one_owner_or_is_a_probe() {
        let document = openapi::document();
        let routing = Routing::of(&document);
        let owned: Vec<_> = routing
            .0
            .iter()
            .map(|route| route.address.as_str())
            .collect();
        let once: BTreeSet<_> = owned.iter().copied().collect();
        assert_eq!(owned.len(), once.len(), "an address has two owners");
        let documented = document["paths"].as_object().expect("paths").keys();
        let rest: Vec<_> = documented
            .filter(|path| !once.contains(path.as_str()))
            .collect();
        assert_eq!(rest, ["/livez", "/readyz", "/startupz"]);
    }

    #[test]
    fn owners_checks_and_memory_follow_from_the_document() {
        let routing = Routing::of(&openapi::document());
        let route = |address: &str| {
            let mut routes = routing.0.iter();
            routes
                .find(|route| route.address == address)
                .expect("a route")
        };
        let catalogue = route("/api/v1/courses");
        assert_eq!(catalogue.owner, Owner::Module(ModuleName::Course));
        assert_eq!(catalogue.audience, Audience::Everybody { remember: true });
        let course = route("/api/v1/courses/{course}");
        assert_eq!(course.audience, Audience::Everybody { remember: true });
        assert_eq!(course.body_limit, None);
        let assets = route("/api/v1/courses/{course}/assets");
        assert_eq!(assets.body_limit, Some(10 * 1024 * 1024));
        let certificate = route("/api/v1/progress/certificates/{code}");
        assert_eq!(
            certificate.audience,
            Audience::Everybody { remember: false }
        );
        let lesson = route("/api/v1/lessons/{lesson}");
        assert_eq!(lesson.audience, Audience::Caller);
        assert!(route("/api/v1/auth/login").checked.is_empty());
        assert_eq!(route("/api/v1/auth/logout").checked.len(), 1);
        let [inbox, all] = [
            "/api/v1/notifications",
            "/api/v1/notifications/{notification}",
        ]
        .map(route);
        assert_eq!(inbox.owner, Owner::Module(ModuleName::Notification));
        assert_eq!(all.checked.len(), 3);
        assert_eq!(route("/api/v1/events/dead-letters").owner, Owner::Named);
        assert_eq!(
            route("/api/v1/events/dead-letters/{event}").owner,
            Owner::Each
        );
    }
}
