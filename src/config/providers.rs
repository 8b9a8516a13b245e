//! Other providers that people sign in with, and what a schema cannot say of them.

use std::net::IpAddr;

use kernel::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::redacted;

#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderSettings {
    /// What it speaks: `oidc` or `github`. Default: `github` for the one of that name, else `oidc`.
    #[schema(value_type = String, pattern = "^(oidc|github)$")]
    pub kind: ProviderKind,
    /// Its address, to the letter as it calls itself; `http://` for a loopback address alone. Default for `google` and `github`: theirs.
    #[schema(max_length = 200, pattern = "^https?://[^?#\\s]+$")]
    pub issuer: String,
    /// Who this installation is there.
    #[schema(min_length = 1, max_length = 500)]
    pub client_id: String,
    /// Shows there that it is. Can come from a file: `client_secret_file`.
    #[schema(value_type = String, min_length = 1, max_length = 1000)]
    #[serde(serialize_with = "redacted")]
    pub client_secret: SecretString,
    /// What to ask for. Empty: the usual, which gives name and address.
    #[serde(default)]
    #[schema(inline, max_items = 20)]
    pub scopes: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderKind {
    Oidc,
    Github,
}

/// The names of the providers that a tree of settings has.
pub(super) fn names(tree: &Value) -> Vec<String> {
    let providers = tree["auth"]["providers"].as_object();
    let names = providers.into_iter().flat_map(|providers| providers.keys());
    names.cloned().collect()
}

/// Fills in what follows from a provider's name.
pub(super) fn complete(tree: &mut Value) {
    for name in names(tree) {
        let Some(fields) = tree["auth"]["providers"][&name].as_object_mut() else {
            continue;
        };
        let usual = if name == "github" { "github" } else { "oidc" };
        let kind = fields.entry("kind").or_insert_with(|| json!(usual));
        let issuer = match (name.as_str(), kind.as_str()) {
            (_, Some("github")) => Some("https://github.com"),
            ("google", _) => Some("https://accounts.google.com"),
            _ => None,
        };
        if let Some(issuer) = issuer {
            fields.entry("issuer").or_insert_with(|| json!(issuer));
        }
        fields.entry("scopes").or_insert_with(|| json!([]));
    }
}

/// The faults of providers and of the addresses to return to that no schema finds.
pub(super) fn faults(tree: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for name in names(tree) {
        let at = format!("auth.providers.{name}");
        let letters = name
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
        if !letters
            || !name.starts_with(|letter: char| letter.is_ascii_lowercase())
            || name.len() > 32
        {
            faults.push(format!(
                "  {at}: is no name for a provider; use a word of lower-case letters, digits and _, at most 32"
            ));
        }
        let issuer = tree["auth"]["providers"][&name]["issuer"].as_str();
        if issuer.is_some_and(|issuer| !is_guarded(issuer)) {
            faults.push(format!(
                "  {at}.issuer: must be an https address; http is for a loopback address alone"
            ));
        }
    }
    let urls = tree["auth"]["return_urls"].as_array().into_iter().flatten();
    for url in urls.filter_map(Value::as_str) {
        if !is_guarded(url) || url.contains('#') {
            faults.push(format!(
                "  auth.return_urls: {url} must be a whole https address without '#', such as https://app.example.org/signed-in; http is for a loopback address alone"
            ));
        }
    }
    faults
}

/// Whether nobody on the way reads or changes what is sent to an address.
fn is_guarded(url: &str) -> bool {
    let clean = url.bytes().all(|byte| byte.is_ascii_graphic());
    let Some((scheme, rest)) = url.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.is_empty() || authority.contains('@') || !clean {
        return false;
    }
    match scheme {
        "https" => true,
        "http" => is_loopback(authority),
        _ => false,
    }
}

fn is_loopback(authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    let address = host.parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
