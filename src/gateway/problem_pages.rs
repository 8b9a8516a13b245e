//! The page that the `type` of a problem leads to: what happened, why, and what to do next.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpResponse, web};
use rest::problem::Problem;
use serde::Deserialize;

const FRAME: &str = include_str!("problem_pages/frame.html");
const TEXTS: &str = include_str!("problem_pages/pages.toml");
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

static PAGES: LazyLock<Option<Pages>> = LazyLock::new(|| toml::from_str(TEXTS).ok());

#[derive(Debug, Deserialize)]
struct Pages {
    /// What the code of a single field means.
    fields: BTreeMap<String, String>,
    #[serde(flatten)]
    codes: BTreeMap<String, Page>,
}

#[derive(Debug, Deserialize)]
struct Page {
    status: Statuses,
    title: String,
    happened: String,
    why: String,
    next: String,
    /// What an answer says, for the example.
    detail: String,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Statuses {
    One(u16),
    Several(Vec<u16>),
}

impl Statuses {
    fn all(&self) -> &[u16] {
        match self {
            Self::One(status) => std::slice::from_ref(status),
            Self::Several(statuses) => statuses,
        }
    }
}

/// The codes that have a page, in order.
pub fn codes() -> impl Iterator<Item = &'static str> {
    let pages = PAGES.iter().flat_map(|pages| pages.codes.keys());
    pages.map(String::as_str)
}

/// The codes of single fields that the pages explain, in order.
pub fn field_codes() -> impl Iterator<Item = &'static str> {
    let pages = PAGES.iter().flat_map(|pages| pages.fields.keys());
    pages.map(String::as_str)
}

/// Mounts the pages.
pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/problems", web::get().to(list_problems));
    config.route("/problems/{code}", web::get().to(explain_problem));
}

async fn list_problems() -> HttpResponse {
    let pages = PAGES.iter().flat_map(|pages| &pages.codes);
    let lines = pages.map(|(code, page)| {
        let title = html(&page.title);
        format!("<li><a href=\"/problems/{code}\"><code>{code}</code></a> {title}</li>\n")
    });
    let list: String = lines.collect();
    answer(
        "Problem codes",
        &format!(
            "<p>Every error answer is <code>application/problem+json</code> (RFC 9457) and carries one of these codes.</p>\n<ul>\n{list}</ul>\n"
        ),
    )
}

async fn explain_problem(code: web::Path<String>) -> Result<HttpResponse, rest::Error> {
    let pages = PAGES.as_ref();
    let Some((pages, page)) = pages.and_then(|all| Some((all, all.codes.get(&*code)?))) else {
        return Err(rest::Error::new(
            StatusCode::NOT_FOUND,
            "request.route_not_found",
            "there is no problem with this code; see /problems for all of them",
        ));
    };
    let statuses: Vec<String> = page.status.all().iter().map(name_of).collect();
    let mut body = format!(
        "<p><code>{code}</code> · {}</p>\n<h2>What happened</h2>\n<p>{}</p>\n<h2>Why</h2>\n<p>{}</p>\n<h2>What to do</h2>\n<p>{}</p>\n<h2>Example</h2>\n<pre>{}</pre>\n",
        statuses.join(", "),
        prose(&page.happened),
        prose(&page.why),
        prose(&page.next),
        html(&page.example(&code)),
    );
    if page.status.all().contains(&422) || code.starts_with("request.") {
        body.push_str("<h2>Codes of single fields</h2>\n<p><code>errors</code> names each field at fault by a JSON Pointer, with one of these codes.</p>\n<dl>\n");
        for (code, meaning) in &pages.fields {
            let meaning = prose(meaning);
            body.push_str(&format!("<dt><code>{code}</code></dt><dd>{meaning}</dd>\n"));
        }
        body.push_str("</dl>\n");
    }
    body.push_str("<p><a href=\"/problems\">All problem codes</a> · <a href=\"/docs/\">All operations</a></p>\n");
    Ok(answer(&page.title, &body))
}

impl Page {
    fn example(&self, code: &str) -> String {
        let status = self.status.all().first().copied().unwrap_or(500);
        let title = StatusCode::from_u16(status).ok();
        let title = title.and_then(|status| status.canonical_reason());
        let problem = Problem {
            kind: format!("/problems/{code}"),
            title: title.unwrap_or_default().to_owned(),
            status,
            detail: self.detail.clone(),
            instance: Some("01940000-0000-7000-8000-000000000001".to_owned()),
            code: code.to_owned(),
            errors: Vec::new(),
        };
        serde_json::to_string_pretty(&problem).unwrap_or_default()
    }
}

fn name_of(status: &u16) -> String {
    let known = StatusCode::from_u16(*status).ok();
    let reason = known.and_then(|status| status.canonical_reason());
    format!("{status} {}", reason.unwrap_or_default())
}

fn answer(title: &str, body: &str) -> HttpResponse {
    let page = FRAME.replace("{title}", &html(title));
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .body(page.replace("{main}", body))
}

fn html(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}

/// A text in which what stands between backticks is code.
fn prose(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let parts = parts.map(|(at, part)| match at % 2 {
        0 => html(part),
        _ => format!("<code>{}</code>", html(part)),
    });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::{PAGES, codes, field_codes, prose};

    #[test]
    fn the_texts_of_the_pages_can_be_read() {
        assert!(PAGES.is_some());
        assert!(codes().count() > 100 && field_codes().count() > 30);
    }

    #[test]
    fn code_between_backticks_is_marked_and_nothing_becomes_markup() {
        assert_eq!(
            prose("send `<b>` & wait"),
            "send <code>&lt;b&gt;</code> &amp; wait"
        );
    }
}
