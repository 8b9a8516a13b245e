//! What a token with scopes may be used for: read from the OpenAPI document, so that what is
//! documented and what is enforced cannot differ.

use std::collections::HashMap;

use actix_web::HttpRequest;
use serde_json::Value;

/// The scopes that a user can give to an API token (RFC 6749, section 3.3).
pub const SCOPES: [&str; 9] = [
    "courses:read",
    "courses:write",
    "notifications:read",
    "notifications:write",
    "profile:read",
    "profile:write",
    "progress:read",
    "progress:write",
    "users:read",
];

/// The scope of a token that may do nothing but set up the second factor.
pub const MFA_ENROLL: &str = "mfa:enroll";

/// The scopes of each operation. A token without scopes may use every operation; one with scopes
/// only those that name one of them.
#[derive(Debug, Clone, Default)]
pub struct ScopeTable(HashMap<(String, String), Vec<String>>);

impl ScopeTable {
    /// Reads the `security` of each operation of an OpenAPI document.
    pub fn of(document: &Value) -> Self {
        let mut table = HashMap::new();
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let schemes = operation["security"].as_array().into_iter().flatten();
                let scopes = schemes.flat_map(|scheme| scheme["bearer"].as_array().cloned());
                let scopes = scopes.flatten().filter_map(|scope| match scope {
                    Value::String(scope) => Some(scope),
                    _ => None,
                });
                table.insert((method.to_uppercase(), path.clone()), scopes.collect());
            }
        }
        Self(table)
    }

    /// The scopes of which a token with scopes needs one for this request; none means that no
    /// such token will do.
    pub fn needed(&self, req: &HttpRequest) -> &[String] {
        let pattern = req.match_pattern().unwrap_or_default();
        let key = (req.method().as_str().to_owned(), pattern);
        self.0.get(&key).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Whether a token whose scope is `held`, words joined by blanks, may be used where one of
/// `needed` is required.
pub(crate) fn covers(held: &str, needed: &[String]) -> bool {
    held.is_empty()
        || held
            .split(' ')
            .any(|scope| needed.iter().any(|need| need == scope))
}
