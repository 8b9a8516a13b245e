//! The pages that the links of emails open, and the one that explains why a sign-in with an identity
//! provider failed, served from the binary.
//!
//! A page is the same for everybody and changes nothing: the secret stands behind `#` in the link,
//! where no server sees it, and its script sends it when the user presses the button.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;

/// Nothing from elsewhere, no inline script or style, and no text that becomes a script.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const FRAME: &str = include_str!("account/frame.html");
const CONFIRM: &str = include_str!("account/confirm.html");
const AGAIN: &str = include_str!("account/again.html");

/// The name of each page and the parts that it shows.
const PAGES: [(&str, &[&str]); 6] = [
    ("verify", &[include_str!("account/verify.html"), AGAIN]),
    ("undo", &[CONFIRM]),
    ("reset", &[include_str!("account/reset.html"), AGAIN]),
    ("invite", &[include_str!("account/invite.html")]),
    ("keep", &[CONFIRM]),
    ("sign-in", &[]),
];

/// What the pages load: name, media type and text.
const ASSETS: [(&str, &str, &str); 4] = [
    (
        "page.js",
        "text/javascript; charset=utf-8",
        include_str!("account/page.js"),
    ),
    (
        "words.js",
        "text/javascript; charset=utf-8",
        include_str!("account/words.js"),
    ),
    (
        "page.css",
        "text/css; charset=utf-8",
        include_str!("account/page.css"),
    ),
    (
        "icon.svg",
        "image/svg+xml",
        include_str!("account/icon.svg"),
    ),
];

/// Every address of the pages and of what they load.
pub fn addresses() -> impl Iterator<Item = String> {
    let pages = PAGES.iter().map(|(name, _)| page_address(name));
    pages.chain(ASSETS.iter().map(|(name, ..)| asset_address(name)))
}

/// Mounts the pages and what they load.
pub fn routes(config: &mut web::ServiceConfig) {
    for (name, parts) in PAGES {
        let page = web::Bytes::from(page(name, parts));
        let read = move || {
            let page = page.clone();
            async move {
                HttpResponse::Ok()
                    .content_type("text/html; charset=utf-8")
                    .insert_header((header::CONTENT_SECURITY_POLICY, POLICY))
                    .insert_header((header::CACHE_CONTROL, "no-store"))
                    .body(page)
            }
        };
        config.route(&page_address(name), web::get().to(read));
    }
    for (name, media_type, text) in ASSETS {
        let etag = etag(text);
        let read = move || {
            let etag = etag.clone();
            async move {
                HttpResponse::Ok()
                    .content_type(media_type)
                    .insert_header((header::ETAG, etag))
                    // Revalidated each time, so that a page never meets the script of another version.
                    .insert_header((header::CACHE_CONTROL, "public, no-cache"))
                    .body(text)
            }
        };
        config.route(&asset_address(name), web::get().to(read));
    }
}

fn page_address(name: &str) -> String {
    format!("/account/{name}")
}

fn asset_address(name: &str) -> String {
    format!("/account/assets/{name}")
}

fn page(name: &str, parts: &[&str]) -> String {
    let page = FRAME.replace("{main}", &parts.concat());
    page.replace("{page}", name)
}

fn etag(text: &str) -> String {
    let hash = digest(&SHA256, text.as_bytes());
    format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(hash.as_ref()))
}
