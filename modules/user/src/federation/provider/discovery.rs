//! The metadata of a provider (OpenID Connect Discovery 1.0).

use serde::Deserialize;
use url::Url;

use super::super::answer::Endpoints;
use super::super::refusal::Refusal;
use super::Provider;
use crate::error::Error;

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
