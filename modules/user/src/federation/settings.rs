//! A provider as it is configured.

use kernel::SecretString;
use serde::Serialize;

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
}
