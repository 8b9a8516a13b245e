//! Signing credentials, such as Open Badges, with keys that sign nothing else.

use contracts::user::VerifyingKey;
use serde_json::{Map, Value};

use super::ring::KeyRing;
use super::store::KeyPurpose;
use crate::error::Error;

/// No credential has longer claims, in bytes.
const MAX_LENGTH: usize = 64 * 1024;
/// The `typ` of a credential's header; that of an access token is another.
const TYP: &str = "JWT";

/// Signs the credentials of an installation.
#[derive(Clone)]
pub(crate) struct CredentialSigner {
    keys: KeyRing,
    issuer: String,
}

impl CredentialSigner {
    pub(crate) fn new(keys: KeyRing, issuer: String) -> Self {
        Self { keys, issuer }
    }

    /// The keys that verify, each named by its URL.
    pub(crate) fn keys(&self) -> Vec<VerifyingKey> {
        let keys = self.keys.verifying_for(KeyPurpose::Credential).into_iter();
        let named = keys.map(|key| VerifyingKey {
            key_id: self.url_of(&key.key_id),
            x: key.x,
        });
        named.collect()
    }

    /// Signs claims that are a credential of this installation and nothing else.
    pub(crate) fn sign(&self, claims: &str) -> Result<String, Error> {
        let read = Some(claims).filter(|claims| claims.len() <= MAX_LENGTH);
        let read = read.and_then(|claims| serde_json::from_str::<Map<String, Value>>(claims).ok());
        let claims = read.filter(|claims| self.is_credential(claims));
        let claims = claims.ok_or_else(|| {
            Error::internal("what is to be signed is no credential of this installation")
        })?;
        let name = |id: &str| self.url_of(id);
        self.keys
            .sign_as(KeyPurpose::Credential, TYP, name, &claims)
    }

    fn is_credential(&self, claims: &Map<String, Value>) -> bool {
        let kinds = claims.get("type").and_then(Value::as_array);
        let mut kinds = kinds.into_iter().flatten();
        kinds.any(|kind| kind == "VerifiableCredential")
            && claims.get("iss").and_then(Value::as_str) == Some(self.issuer.trim_end_matches('/'))
            && !claims.contains_key("aud")
    }

    fn url_of(&self, key_id: &str) -> String {
        let issuer = self.issuer.trim_end_matches('/');
        format!("{issuer}/.well-known/jwks.json#{key_id}")
    }
}
