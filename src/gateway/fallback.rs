//! What is answered where no route fits: 404, or 405 with the methods that would.

use std::collections::HashMap;
use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, web};
use serde_json::Value;

/// The documented addresses, and those of pages.
#[derive(Debug, Clone, Default)]
pub struct RouteTable {
    /// Those without a parameter, word for word.
    literal: HashMap<String, Arc<Route>>,
    /// The others by their number of segments, those with the fewest parameters first.
    templates: HashMap<usize, Vec<Arc<Route>>>,
}

/// An address, and the methods that it takes.
#[derive(Debug)]
pub(super) struct Route {
    template: String,
    /// With `HEAD` and `OPTIONS` where they follow, sorted; none when the address is not known.
    methods: Vec<String>,
}

impl Route {
    /// The address with the names of its parameters.
    pub(super) fn template(&self) -> &str {
        &self.template
    }

    fn fits(&self, path: &str) -> bool {
        let mut parts = self.template.split('/').zip(path.split('/'));
        parts.all(|(known, requested)| {
            known == requested || (known.starts_with('{') && !requested.is_empty())
        })
    }
}

impl RouteTable {
    /// Reads the paths of an OpenAPI document.
    pub fn of(document: &Value) -> Self {
        let mut table = Self::default();
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            let methods = item.as_object().into_iter().flatten();
            let mut methods: Vec<String> =
                methods.map(|(method, _)| method.to_uppercase()).collect();
            if methods.iter().any(|method| method == "GET") {
                methods.push("HEAD".to_owned());
            }
            methods.push("OPTIONS".to_owned());
            methods.sort();
            let template = path.clone();
            let route = Arc::new(Route { template, methods });
            if path.contains('{') {
                let of_length = table.templates.entry(length(path)).or_default();
                of_length.push(route);
                of_length.sort_by_key(|route| route.template.matches('{').count());
            } else {
                table.literal.insert(path.clone(), route);
            }
        }
        table
    }

    /// The same with pages, which are read and are not documented.
    pub fn with_pages(mut self, addresses: impl Iterator<Item = String>) -> Self {
        for template in addresses {
            let methods = ["GET", "HEAD", "OPTIONS"].map(str::to_owned).to_vec();
            let page = Route {
                template: template.clone(),
                methods,
            };
            self.literal.insert(template, Arc::new(page));
        }
        self
    }

    /// The address that a path names. One that is documented word for word comes before one with
    /// a parameter there.
    fn find(&self, path: &str) -> Option<&Arc<Route>> {
        let literal = self.literal.get(path);
        literal.or_else(|| {
            let templates = self.templates.get(&length(path))?;
            templates.iter().find(|route| route.fits(path))
        })
    }
}

/// The address that a request names; looked up once for each request.
pub(super) fn route_of(req: &HttpRequest) -> Arc<Route> {
    if let Some(known) = req.extensions().get::<Arc<Route>>() {
        return Arc::clone(known);
    }
    let table = req.app_data::<web::Data<RouteTable>>();
    let documented = table.and_then(|table| table.find(req.path()));
    let route = documented.cloned().unwrap_or_else(|| {
        let template = req.match_pattern();
        Arc::new(Route {
            template: template.unwrap_or_else(|| "unmatched".to_owned()),
            methods: Vec::new(),
        })
    });
    req.extensions_mut().insert(Arc::clone(&route));
    route
}

/// Middleware: a known address takes its own methods and no other; the router alone
/// would hand `DELETE /notifications/read-all` to the handler of `/notifications/{notification}`.
///
/// # Errors
/// 405 with the methods that the address takes; those of the inner service.
pub async fn refuse_methods<B: MessageBody>(
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let (route, method) = (route_of(req.request()), req.method().as_str());
    if route.methods.is_empty() || route.methods.iter().any(|known| known == method) {
        return next.call(req).await;
    }
    Err(wrong_method(&route.methods).into())
}

fn length(path: &str) -> usize {
    path.split('/').count()
}

/// The handler of everything that no route takes.
///
/// # Errors
/// 404 or 405 as problems.
pub async fn fallback(req: HttpRequest) -> Result<HttpResponse, rest::Error> {
    let route = route_of(&req);
    if route.methods.is_empty() {
        return Err(rest::Error::new(
            StatusCode::NOT_FOUND,
            "request.route_not_found",
            "this route does not exist; see /docs",
        ));
    }
    if req.method() == Method::OPTIONS {
        return Ok(HttpResponse::NoContent()
            .insert_header((header::ALLOW, allow(&route.methods)))
            .finish());
    }
    Err(wrong_method(&route.methods))
}

fn wrong_method(methods: &[String]) -> rest::Error {
    rest::Error::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "request.method_not_allowed",
        format!("this path supports {}", methods.join(", ")),
    )
    .with_header(header::ALLOW, allow(methods))
}

fn allow(methods: &[String]) -> HeaderValue {
    HeaderValue::from_str(&methods.join(", ")).unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::RouteTable;
    use serde_json::json;

    #[test]
    fn a_path_is_matched_with_its_parameters() {
        let document = json!({ "paths": {
            "/courses": { "get": {}, "post": {} },
            "/courses/{id}": { "get": {}, "delete": {} },
            "/courses/top": { "get": {} },
        }});
        let table = RouteTable::of(&document);
        let methods = |path: &str| table.find(path).map(|route| route.methods.join(" "));
        let two = Some("DELETE GET HEAD OPTIONS".to_owned());
        assert_eq!(
            methods("/courses").as_deref(),
            Some("GET HEAD OPTIONS POST")
        );
        assert_eq!(methods("/courses/x"), two);
        assert_eq!(methods("/courses/top").as_deref(), Some("GET HEAD OPTIONS"));
        assert_eq!(methods("/courses/"), None);
        assert_eq!(methods("/courses/x/y"), None);
    }
}
