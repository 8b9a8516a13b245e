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
    /// What people know it by.
    pub label: String,
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
    /// Whether these claims say anything of roles.
    pub(crate) fn is_answered_by(&self, claims: &Map<String, Value>) -> bool {
        self.find(claims).is_some()
    }

    /// The role that these claims give. A user of no group may have no such claim; one of very many is
    /// referred to elsewhere (OpenID Connect Core 1.0, section 5.6.2), which is not followed.
    pub(crate) fn role_of(&self, claims: &Map<String, Value>) -> ClaimedRole {
        let elsewhere = claims.get("_claim_names");
        if elsewhere.is_some_and(|names| names.get(&self.claim).is_some()) {
            return ClaimedRole::Unknown;
        }
        let words: Vec<&str> = match self.find(claims) {
            Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).collect(),
            Some(Value::String(word)) => vec![word],
            _ => Vec::new(),
        };
        let has_one = |wanted: &[String]| wanted.iter().any(|word| words.contains(&word.as_str()));
        match (has_one(&self.admins), has_one(&self.instructors)) {
            (true, _) => ClaimedRole::Is(Role::Admin),
            (false, true) => ClaimedRole::Is(Role::Instructor),
            (false, false) => ClaimedRole::None,
        }
    }

    /// A claim of one's own can be a URL, which is its name with all dots.
    fn find<'a>(&self, claims: &'a Map<String, Value>) -> Option<&'a Value> {
        claims.get(&self.claim).or_else(|| {
            let (first, rest) = self.claim.split_once('.')?;
            let pointer = format!("/{}", rest.replace('.', "/"));
            claims.get(first)?.pointer(&pointer)
        })
    }
}

/// The role that a provider gives, beside that of a student.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ClaimedRole {
    /// There is no rule, or the provider does not say.
    Unknown,
    /// None.
    None,
    /// This one.
    Is(Role),
}

impl ClaimedRole {
    /// The role, if there is one.
    pub(crate) fn role(self) -> Option<Role> {
        match self {
            Self::Is(role) => Some(role),
            Self::Unknown | Self::None => None,
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
            "_claim_names": { "too_many": "src1" },
            "nothing": [1, null, { "teachers": true }],
        });
        let claims = claims.as_object().expect("claims");
        let rule = |claim: &str| RoleRule {
            claim: claim.to_owned(),
            instructors: vec!["teachers".to_owned()],
            admins: vec!["it".to_owned()],
        };
        for (claim, role) in [
            ("groups", ClaimedRole::Is(Role::Instructor)),
            ("role", ClaimedRole::Is(Role::Admin)),
            ("realm_access.roles", ClaimedRole::Is(Role::Admin)),
            (
                "https://school.example/roles",
                ClaimedRole::Is(Role::Instructor),
            ),
            ("nothing", ClaimedRole::None),
            ("realm_access", ClaimedRole::None),
            ("absent", ClaimedRole::None),
            ("too_many", ClaimedRole::Unknown),
        ] {
            assert_eq!(rule(claim).role_of(claims), role, "{claim}");
        }
    }
}
