//! The metadata of a provider (OpenID Connect Discovery 1.0).

use serde::Deserialize;
use token::ID_TOKEN_ALGORITHMS;
use url::Url;

use super::super::answer::Endpoints;
use super::super::outgoing::RequestError;
use super::super::refusal::Refusal;
use super::{Provider, Unusable};

const DOCUMENT: Unusable = Unusable {
    reason: "discovery_answer",
    remedy: "what stands at /.well-known/openid-configuration behind its issuer is not the metadata of a provider; check issuer",
};

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
    userinfo_endpoint: Option<Url>,
    #[serde(default)]
    id_token_signing_alg_values_supported: Vec<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

impl Provider {
    pub(super) async fn discover(&self) -> Result<Endpoints, Refusal> {
        let issuer = &self.settings.issuer;
        let base = issuer.trim_end_matches('/');
        let url = format!("{base}/.well-known/openid-configuration");
        let url = Url::parse(&url).map_err(|_| DOCUMENT.refusal())?;
        let document: Document = self.get(&url, None, DOCUMENT).await?;
        document.check(issuer)?;
        // A browser is sent to this one, so no request of ours checks it later.
        let browsers = &document.authorization_endpoint;
        if browsers.scheme() != "https" && browsers.origin() != self.issuer.url.origin() {
            return Err(RequestError::Address.into());
        }
        Ok(Endpoints {
            secret_in_body: document.takes("client_secret_post")
                && !document.takes("client_secret_basic"),
            authorization: document.authorization_endpoint,
            token: document.token_endpoint,
            keys: document.jwks_uri,
            user_info: document.userinfo_endpoint,
            issuers: vec![document.issuer],
            names_itself: document.authorization_response_iss_parameter_supported,
        })
    }
}

impl Document {
    /// Refuses a provider with which every sign-in would fail.
    fn check(&self, issuer: &str) -> Result<(), Refusal> {
        if self.issuer != issuer {
            let remedy = format!(
                "it spells its issuer differently; if it is the right provider, set issuer to {:?}",
                self.issuer
            );
            return Err(Refusal::away("discovery_issuer", remedy));
        }
        let algorithms = &self.id_token_signing_alg_values_supported;
        let known = |name: &String| ID_TOKEN_ALGORITHMS.contains(&name.as_str());
        if !algorithms.is_empty() && !algorithms.iter().any(known) {
            let remedy = format!(
                "it signs ID tokens in no supported way; let it sign with one of {}",
                ID_TOKEN_ALGORITHMS.join(", ")
            );
            return Err(Refusal::away("discovery_algorithms", remedy));
        }
        let takes_secret = self.takes("client_secret_basic") || self.takes("client_secret_post");
        if !self.token_endpoint_auth_methods_supported.is_empty() && !takes_secret {
            let remedy = "it takes no client secret; let this client use client_secret_basic or client_secret_post there";
            return Err(Refusal::away("discovery_client_authentication", remedy));
        }
        Ok(())
    }

    fn takes(&self, method: &str) -> bool {
        let mut methods = self.token_endpoint_auth_methods_supported.iter();
        methods.any(|known| known == method)
    }
}
