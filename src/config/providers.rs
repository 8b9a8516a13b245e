//! The settings of identity providers, and the rules that a schema cannot express.

use std::net::IpAddr;

use kernel::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::explain::quoted;
use super::redacted;

#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProviderSettings {
    /// What people know the provider by, such as `School of Ada`; it stands on the button. Default: `Google`, `GitHub`, or the name of the section.
    #[schema(min_length = 1, max_length = 100, pattern = "\\S")]
    pub label: String,
    /// The protocol: `oidc` or `github`. Default: `github` for the provider of that name, otherwise `oidc`.
    #[schema(value_type = String, pattern = "^(oidc|github)$")]
    pub kind: ProviderKind,
    /// The issuer URL, exactly as the provider spells it; `http://` only for a loopback address. Optional for `google` and `github`.
    #[schema(max_length = 200, pattern = "^https?://[^?#\\s]+$")]
    pub issuer: String,
    /// The client ID of this installation.
    #[schema(min_length = 1, max_length = 500)]
    pub client_id: String,
    /// The client secret of this installation. Can come from a file: `client_secret_file`.
    #[schema(value_type = String, min_length = 1, max_length = 1000)]
    #[serde(serialize_with = "redacted")]
    pub client_secret: SecretString,
    /// The scopes to request. Empty: the usual ones, which give name and email address.
    #[serde(default)]
    #[schema(inline, max_items = 20)]
    pub scopes: Vec<String>,
    /// Allows the host of the issuer to have a private IP address, as inside a school's network; the provider's URLs then have that host. Default: false.
    #[serde(default)]
    pub private_network: bool,
    /// The claim that lists the user's groups or roles, such as `groups`, or a path to it, such as `realm_access.roles`. Empty: the provider gives no roles.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub role_claim: String,
    /// The groups or roles of `role_claim` that make an instructor; each sign-in gives the role, or takes it away.
    #[serde(default)]
    #[schema(inline, max_items = 100)]
    pub instructors: Vec<String>,
    /// The groups or roles of `role_claim` that make an administrator.
    #[serde(default)]
    #[schema(inline, max_items = 100)]
    pub admins: Vec<String>,
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
        let label = match name.as_str() {
            "google" => "Google",
            "github" => "GitHub",
            other => other,
        };
        fields.entry("label").or_insert_with(|| json!(label));
    }
}

/// The faults of providers and of return URLs that no schema finds.
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
                "  {at}: is not a valid provider name; use lower-case letters, digits and _, at most 32 characters"
            ));
        }
        let issuer = tree["auth"]["providers"][&name]["issuer"].as_str();
        if issuer.is_some_and(|issuer| !is_guarded(issuer)) {
            faults.push(format!(
                "  {at}.issuer: must be an https URL; http is allowed only for a loopback address"
            ));
        }
    }
    faults.extend(names(tree).iter().flat_map(|name| {
        let provider = &tree["auth"]["providers"][name];
        contradictions(provider).map(move |fault| format!("  auth.providers.{name}.{fault}"))
    }));
    let urls = tree["auth"]["return_urls"].as_array().into_iter().flatten();
    for url in urls.filter_map(Value::as_str) {
        if !is_guarded(url) || url.contains(['#', '*']) {
            faults.push(format!(
                "  auth.return_urls: {} must be an exact https URL without '#' or '*', such as https://app.example.org/signed-in; http is allowed only for a loopback address",
                quoted(url)
            ));
        }
    }
    faults
}

/// Settings of a provider that do not fit together.
fn contradictions(provider: &Value) -> impl Iterator<Item = &'static str> {
    let has = |name: &str| {
        let list = provider[name]
            .as_array()
            .is_some_and(|list| !list.is_empty());
        list || provider[name].as_str().is_some_and(|text| !text.is_empty())
    };
    let scopes = provider["scopes"].as_array();
    let openid = |scopes: &Vec<Value>| scopes.is_empty() || scopes.contains(&json!("openid"));
    let is_oidc = provider["kind"] == "oidc";
    let has_words = has("instructors") || has("admins");
    let is_blank = |text: &str| !text.is_empty() && text.trim().is_empty();
    [
        provider["client_secret"]
            .as_str()
            .is_some_and(is_blank)
            .then_some("client_secret: is blank; copy it from the provider's page for this client"),
        (is_oidc && scopes.is_some_and(|scopes| !openid(scopes)))
            .then_some("scopes: must contain openid, without which no sign-in succeeds; usual are openid, email and profile"),
        (has("role_claim") && !is_oidc)
            .then_some("role_claim: only a provider of kind oidc has claims; remove it"),
        (has("role_claim") && !has_words)
            .then_some("role_claim: set instructors or admins as well, the groups that get these roles"),
        (has_words && !has("role_claim"))
            .then_some("instructors and admins: set role_claim as well, the claim that lists the groups"),
    ]
    .into_iter()
    .flatten()
}

/// Whether nobody on the network path can read or change what is sent to a URL.
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
