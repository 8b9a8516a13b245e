//! A provider as it is configured.

use kernel::{Role, SecretString};
use serde::Serialize;
use serde_json::{Map, Value};

/// What a provider speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderKind {
    /// OpenID Connect, by discovery.
    Oidc,
    /// OAuth 2.0 and the API of GitHub.
    Github,
}

/// A provider as it is configured.
#[derive(Clone)]
pub struct ProviderSettings {
    /// What it is called in addresses: lower-case letters, digits and `_`.
    pub name: String,
    /// What it speaks.
    pub kind: ProviderKind,
    /// Its address: `https://`, or `http://` on this very machine.
    pub issuer: String,
    /// Who we are there.
    pub client_id: String,
    /// Shows there that we are.
    pub client_secret: SecretString,
    /// The scopes to request; the usual ones when empty.
    pub scopes: Vec<String>,
    /// Whether its host may have a private address.
    pub private_network: bool,
    /// Which roles it gives; none when absent.
    pub roles: Option<RoleRule>,
}

/// How what a provider says of a user becomes a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRule {
    /// The claim that holds words, or a path to it, `realm_access.roles`.
    pub claim: String,
    /// The words that make an instructor.
    pub instructors: Vec<String>,
    /// The words that make an administrator.
    pub admins: Vec<String>,
}

impl RoleRule {
    /// The role that these claims give, beside that of a student.
    pub(crate) fn role_of(&self, claims: &Map<String, Value>) -> Option<Role> {
        // A claim of one's own can be a URL, which is its name with all dots.
        let found = claims.get(&self.claim).or_else(|| {
            let (first, rest) = self.claim.split_once('.')?;
            let pointer = format!("/{}", rest.replace('.', "/"));
            claims.get(first)?.pointer(&pointer)
        });
        let words: Vec<&str> = match found {
            Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(word)) => vec![word],
            _ => Vec::new(),
        };
        let has_one = |wanted: &[String]| wanted.iter().any(|word| words.contains(&word.as_str()));
        match (has_one(&self.admins), has_one(&self.instructors)) {
            (true, _) => Some(Role::Admin),
            (false, true) => Some(Role::Instructor),
            (false, false) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_role_comes_from_words_of_a_claim_wherever_it_stands() {
        let claims = json!({
            "groups": ["teachers", "chess"],
            "role": "it",
            "realm_access": { "roles": ["teachers", "it"] },
            "https://school.example/roles": ["teachers"],
            "nothing": [1, null, { "teachers": true }],
        });
        let claims = claims.as_object().expect("claims");
        let rule = |claim: &str| RoleRule {
            claim: claim.to_owned(),
            instructors: vec!["teachers".to_owned()],
            admins: vec!["it".to_owned()],
        };
        for (claim, role) in [
            ("groups", Some(Role::Instructor)),
            ("role", Some(Role::Admin)),
            ("realm_access.roles", Some(Role::Admin)),
            ("https://school.example/roles", Some(Role::Instructor)),
            ("nothing", None),
            ("realm_access", None),
            ("absent", None),
        ] {
            assert_eq!(rule(claim).role_of(claims), role, "{claim}");
        }
    }
}
