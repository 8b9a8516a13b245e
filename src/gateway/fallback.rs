//! What is answered where no route fits: 404, or 405 with the methods that would.

use std::collections::BTreeMap;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, HttpRequest, HttpResponse, web};
use serde_json::Value;

/// Which methods each documented path takes.
#[derive(Debug, Clone, Default)]
pub struct RouteTable(Vec<(Vec<String>, Vec<String>)>);

impl RouteTable {
    /// Reads the paths of an OpenAPI document.
    pub fn of(document: &Value) -> Self {
        let mut table = BTreeMap::new();
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            let methods: Vec<String> = item
                .as_object()
                .into_iter()
                .flatten()
                .map(|(method, _)| method.to_uppercase())
                .collect();
            table.insert(segments(path), methods);
        }
        Self(table.into_iter().collect())
    }

    /// The methods of a path, with `HEAD` and `OPTIONS` where they follow; none when it is unknown.
    /// A path that is documented word for word is not the same as one with a parameter there.
    fn methods(&self, path: &str) -> Vec<String> {
        let wanted = segments(path);
        let nearest = self
            .0
            .iter()
            .filter(|(template, _)| fits(template, &wanted))
            .min_by_key(|(template, _)| {
                template.iter().filter(|part| part.starts_with('{')).count()
            });
        let mut methods = nearest
            .map(|(_, methods)| methods.clone())
            .unwrap_or_default();
        if methods.iter().any(|method| method == "GET") {
            methods.push("HEAD".to_owned());
        }
        if !methods.is_empty() {
            methods.push("OPTIONS".to_owned());
        }
        methods.sort();
        methods
    }
}

/// Middleware: a documented address takes its documented methods and no other; the router alone
/// would hand `DELETE /notifications/read-all` to the handler of `/notifications/{notification}`.
///
/// # Errors
/// 405 with the methods that the address takes; those of the inner service.
pub async fn refuse_methods<B: MessageBody>(
    table: web::Data<RouteTable>,
    req: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let methods = table.methods(req.path());
    if methods.is_empty() || methods.iter().any(|method| method == req.method().as_str()) {
        return next.call(req).await;
    }
    Err(wrong_method(&methods).into())
}

fn segments(path: &str) -> Vec<String> {
    path.split('/').skip(1).map(str::to_owned).collect()
}

fn fits(template: &[String], wanted: &[String]) -> bool {
    template.len() == wanted.len()
        && template
            .iter()
            .zip(wanted)
            .all(|(known, asked)| (known.starts_with('{') && !asked.is_empty()) || known == asked)
}

/// The handler of everything that no route takes.
///
/// # Errors
/// 404 or 405 as problems.
pub async fn fallback(
    req: HttpRequest,
    table: web::Data<RouteTable>,
) -> Result<HttpResponse, rest::Error> {
    let methods = table.methods(req.path());
    if methods.is_empty() {
        return Err(rest::Error::new(
            StatusCode::NOT_FOUND,
            "request.no_route",
            "there is nothing at this address; see /docs for what there is",
        ));
    }
    if req.method() == Method::OPTIONS {
        return Ok(HttpResponse::NoContent()
            .insert_header((header::ALLOW, allow(&methods)))
            .finish());
    }
    Err(wrong_method(&methods))
}

fn wrong_method(methods: &[String]) -> rest::Error {
    rest::Error::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "request.method",
        format!("this address takes {}", methods.join(", ")),
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
        assert_eq!(
            table.methods("/courses"),
            ["GET", "HEAD", "OPTIONS", "POST"]
        );
        assert_eq!(
            table.methods("/courses/x"),
            ["DELETE", "GET", "HEAD", "OPTIONS"]
        );
        assert_eq!(table.methods("/courses/top"), ["GET", "HEAD", "OPTIONS"]);
        assert!(table.methods("/courses/").is_empty());
        assert!(table.methods("/courses/x/y").is_empty());
    }
}
