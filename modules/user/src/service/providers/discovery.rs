//! What a provider tells of itself (OpenID Connect Discovery 1.0).

use serde::Deserialize;
use url::Url;

use super::{Provider, Refusal};
use crate::Error;

/// Where a provider answers, and how.
pub(super) struct Endpoints {
    pub authorization: Url,
    pub token: Url,
    pub keys: Url,
    /// What it may call itself in an answer.
    pub issuers: Vec<String>,
    /// Whether every answer of it says whose it is (RFC 9207).
    pub names_itself: bool,
    /// Whether the secret goes into the body of the request for tokens.
    pub secret_in_body: bool,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

impl Provider {
    pub(super) async fn discover(&self) -> Result<Endpoints, Refusal> {
        let issuer = &self.settings.issuer;
        let base = issuer.trim_end_matches('/');
        let unusable = |reason: &str| Refusal::new(reason, Error::ProviderAway);
        let url = format!("{base}/.well-known/openid-configuration");
        let url = Url::parse(&url).map_err(|_| unusable("discovery_answer"))?;
        let document: Document = self.get(&url, None, "discovery_answer").await?;
        if document.issuer != *issuer {
            return Err(unusable("discovery_issuer"));
        }
        // A browser is sent to this one, so no request of ours checks it later.
        let browsers = &document.authorization_endpoint;
        if browsers.scheme() != "https" && browsers.origin() != self.home.origin() {
            return Err(unusable("address_refused"));
        }
        let methods = &document.token_endpoint_auth_methods_supported;
        let takes = |name: &str| methods.iter().any(|method| method == name);
        Ok(Endpoints {
            secret_in_body: takes("client_secret_post") && !takes("client_secret_basic"),
            authorization: document.authorization_endpoint,
            token: document.token_endpoint,
            keys: document.jwks_uri,
            issuers: vec![document.issuer],
            names_itself: document.authorization_response_iss_parameter_supported,
        })
    }
}
