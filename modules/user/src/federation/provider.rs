//! Other providers that users sign in with: what is configured, what is known of each, and the two
//! steps of OAuth 2.0 with PKCE (RFC 6749, RFC 7636) with them.

mod cached;
mod discovery;
mod github;

use std::sync::Arc;

use chrono::Duration;
use kernel::{Env, ExposeSecret};
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
    BasicTokenType,
};
use oauth2::http::{Request, StatusCode, header};
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, ExtraTokenFields, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, Scope, StandardRevocableToken, StandardTokenResponse, TokenResponse,
    TokenUrl,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use token::{ExpectedIdToken, IdClaims, IdTokenFault, open_id_token};
use url::Url;

use super::answer::{Endpoints, ExternalUser};
use super::outgoing::{Issuer, Outgoing, RequestError};
use super::refusal::Refusal;
use super::settings::{ClaimedRole, ProviderKind, ProviderSettings};
use crate::error::Error;
use cached::Cached;

/// How long the metadata of a provider is cached.
const REMEMBERED: Duration = Duration::hours(1);
/// How long a provider's keys are not requested again, whatever key a token names.
const KEYS_REST: Duration = Duration::seconds(30);

const TOKENS: Unusable = Unusable {
    reason: "token_answer",
    remedy: "its token endpoint returned no tokens; check the log of the provider",
};
const KEYS: Unusable = Unusable {
    reason: "keys_answer",
    remedy: "its jwks_uri returned no keys; check the log of the provider",
};
pub(super) const CLIENT: Unusable = Unusable {
    reason: "client_rejected",
    remedy: "it rejects this client; check client_id, client_secret, and scopes, and whether the secret has expired",
};
const USER_INFO: Unusable = Unusable {
    reason: "user_info_answer",
    remedy: "its userinfo endpoint gives no JSON; let it put the email address into the ID token, or answer unsigned",
};

/// What to say of an answer that cannot be used.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unusable {
    reason: &'static str,
    remedy: &'static str,
}

impl Unusable {
    pub(super) fn refusal(self) -> Refusal {
        Refusal::away(self.reason, self.remedy)
    }
}

/// What an error of a provider (RFC 6749, section 5.2) means: the user's code is bad, or nobody's is taken.
fn refused(error: &str) -> Refusal {
    match error {
        "invalid_client" | "unauthorized_client" | "incorrect_client_credentials" => {
            CLIENT.refusal()
        }
        _ => Refusal::provider("code_refused"),
    }
}

/// The secrets of one sign-in on its way.
pub(crate) struct Secrets<'a> {
    pub state: &'a str,
    pub nonce: &'a str,
    pub verifier: &'a str,
}

/// A provider and what is known of it at present.
pub(crate) struct Provider {
    pub settings: ProviderSettings,
    issuer: Issuer,
    redirect: RedirectUrl,
    outgoing: Arc<Outgoing>,
    env: Env,
    endpoints: Cached<Endpoints>,
    keys: Cached<Vec<Value>>,
}

/// What a provider's answer holds beside the access token. It has no `Debug` of its own that would
/// show the token.
#[derive(Serialize, Deserialize)]
struct IdToken {
    id_token: Option<String>,
}

impl std::fmt::Debug for IdToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IdToken")
    }
}

impl ExtraTokenFields for IdToken {}

type Tokens = StandardTokenResponse<IdToken, BasicTokenType>;
type Client<HasAuthUrl, HasTokenUrl> = oauth2::Client<
    BasicErrorResponse,
    Tokens,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    HasAuthUrl,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    HasTokenUrl,
>;

/// The configured providers; `public_url` is where they send users back to.
pub(crate) fn open(
    settings: &[ProviderSettings],
    public_url: &str,
    ca_pem: &str,
    env: &Env,
) -> Result<Vec<Provider>, Error> {
    if settings.is_empty() {
        return Ok(Vec::new());
    }
    let outgoing = Arc::new(Outgoing::new(ca_pem)?);
    let provider = |settings: &ProviderSettings| {
        let name = &settings.name;
        let base = public_url.trim_end_matches('/');
        let redirect = format!("{base}/api/v1/auth/providers/{name}/callback");
        Ok(Provider {
            settings: settings.clone(),
            issuer: Issuer {
                url: Url::parse(&settings.issuer).map_err(Error::internal)?,
                private_network: settings.private_network,
            },
            redirect: RedirectUrl::new(redirect).map_err(Error::internal)?,
            outgoing: Arc::clone(&outgoing),
            env: env.clone(),
            endpoints: Cached::empty(),
            keys: Cached::empty(),
        })
    };
    settings.iter().map(provider).collect()
}

/// The result of checking a provider.
#[derive(Debug)]
pub struct ProviderCheck {
    /// The name of the provider.
    pub name: String,
    /// Why nobody could sign in with it, and what to do about it.
    pub fault: Option<String>,
}

/// Asks each provider for what a sign-in requires of it, as far as that is known without a user.
///
/// # Errors
/// When there is no client to ask with.
pub async fn check_providers(
    settings: &[ProviderSettings],
    public_url: &str,
    ca_pem: &str,
    env: &Env,
) -> Result<Vec<ProviderCheck>, Error> {
    let mut checks = Vec::new();
    for provider in open(settings, public_url, ca_pem, env)? {
        let checked = provider.check().await;
        let fault = checked.err().map(|refusal| match refusal.remedy.as_str() {
            "" => refusal.reason,
            remedy => remedy.to_owned(),
        });
        checks.push(ProviderCheck {
            name: provider.settings.name,
            fault,
        });
    }
    Ok(checks)
}

impl Provider {
    /// Where to send a user who signs in.
    pub(crate) async fn authorization_url(&self, secrets: &Secrets<'_>) -> Result<Url, Refusal> {
        let client = self.client(&*self.endpoints().await?);
        let verifier = PkceCodeVerifier::new(secrets.verifier.to_owned());
        let mut request = client
            .authorize_url(|| CsrfToken::new(secrets.state.to_owned()))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier))
            .add_scopes(self.scopes().into_iter().map(Scope::new));
        if self.settings.kind == ProviderKind::Oidc {
            request = request.add_extra_param("nonce", secrets.nonce.to_owned());
        }
        Ok(request.url().0)
    }

    /// Refuses an answer that another provider has made (RFC 9207).
    pub(crate) async fn check_issuer(&self, issuer: Option<&str>) -> Result<(), Refusal> {
        let endpoints = self.endpoints().await?;
        let ours = |issuer: &str| endpoints.issuers.iter().any(|known| known == issuer);
        match issuer {
            Some(issuer) if !ours(issuer) => Err(Refusal::provider("other_issuer")),
            None if endpoints.names_itself => Err(Refusal::provider("issuer_missing")),
            _ => Ok(()),
        }
    }

    /// Whom the code of a sign-in stands for.
    pub(crate) async fn identify(
        &self,
        code: &str,
        secrets: &Secrets<'_>,
    ) -> Result<ExternalUser, Refusal> {
        let tokens = self.exchange(code, secrets.verifier).await?;
        match self.settings.kind {
            ProviderKind::Github => self.github_user(tokens.access_token().secret()).await,
            ProviderKind::Oidc => {
                let token = tokens.extra_fields().id_token.as_deref();
                let token = token.ok_or_else(|| Refusal::provider("id_token_missing"))?;
                let mut claims = self.read_id_token(token, secrets.nonce).await?;
                let rule = self.settings.roles.as_ref();
                let is_whole = claims.email.is_some()
                    && rule.is_none_or(|rule| rule.is_answered_by(&claims.all));
                if !is_whole && let Some(url) = &self.endpoints().await?.user_info {
                    claims = self.add_user_info(claims, url, &tokens).await?;
                }
                Ok(self.external_user(claims))
            }
        }
    }

    async fn exchange(&self, code: &str, verifier: &str) -> Result<Tokens, Refusal> {
        let client = self.client(&*self.endpoints().await?);
        let send = |request| self.outgoing.send(&self.issuer, request);
        let answer = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.to_owned()))
            .request_async(&send)
            .await;
        answer.map_err(|error| match error {
            RequestTokenError::Request(lost) => lost.into(),
            RequestTokenError::ServerResponse(answer) => refused(answer.error().as_ref()),
            // GitHub answers errors as if they were tokens.
            RequestTokenError::Parse(_, body) => match serde_json::from_slice::<Value>(&body) {
                Ok(answer) if answer["error"].is_string() => {
                    refused(answer["error"].as_str().unwrap_or_default())
                }
                _ => TOKENS.refusal(),
            },
            RequestTokenError::Other(_) => TOKENS.refusal(),
        })
    }

    /// A key that is not known may be a new one, so the keys are requested once more.
    async fn read_id_token(&self, token: &str, nonce: &str) -> Result<IdClaims, Refusal> {
        let expected = ExpectedIdToken {
            issuer: &self.settings.issuer,
            client_id: &self.settings.client_id,
            nonce,
            now: self.env.now(),
        };
        let keys = self.keys(REMEMBERED).await?;
        let mut read = open_id_token(token, &keys, &expected);
        if read == Err(IdTokenFault::UnknownKey) {
            let keys = self.keys(KEYS_REST).await?;
            read = open_id_token(token, &keys, &expected);
        }
        read.map_err(|fault| Refusal::provider(fault.into_str()))
    }

    /// Many providers say no more than the subject in the ID token (OpenID Connect Core 1.0, section
    /// 5.4). What the ID token says is signed and comes first.
    async fn add_user_info(
        &self,
        claims: IdClaims,
        url: &Url,
        tokens: &Tokens,
    ) -> Result<IdClaims, Refusal> {
        let bearer = Some(tokens.access_token().secret().as_str());
        let mut all: Map<String, Value> = self.get(url, bearer, USER_INFO).await?;
        if all.get("sub").and_then(Value::as_str) != Some(claims.subject.as_str()) {
            return Err(Refusal::provider("user_info_subject"));
        }
        all.extend(claims.all.into_iter().filter(|(_, claim)| !claim.is_null()));
        IdClaims::read(all).map_err(|fault| Refusal::provider(fault.into_str()))
    }

    fn external_user(&self, claims: IdClaims) -> ExternalUser {
        let rule = self.settings.roles.as_ref();
        ExternalUser {
            claimed_role: rule.map_or(ClaimedRole::Unknown, |rule| rule.role_of(&claims.all)),
            subject: claims.subject,
            email: claims.email,
            email_verified: claims.email_verified,
            username: claims.preferred_username,
            name: claims.name,
            locale: claims.locale,
            zone_info: claims.zone_info,
        }
    }

    /// Whether users could sign in, as far as that is known without one of them.
    pub(crate) async fn check(&self) -> Result<(), Refusal> {
        match self.settings.kind {
            ProviderKind::Github => {
                let request = Request::get(self.issuer.url.as_str()).body(Vec::new());
                let request = request.map_err(|_| RequestError::Address)?;
                self.outgoing.send(&self.issuer, request).await?;
            }
            ProviderKind::Oidc => {
                self.keys(REMEMBERED).await?;
            }
        }
        Ok(())
    }

    /// The provider's keys, requested again when they are older than `age`.
    async fn keys(&self, age: Duration) -> Result<Arc<Vec<Value>>, Refusal> {
        #[derive(Deserialize)]
        struct KeySet {
            keys: Vec<Value>,
        }
        let endpoints = self.endpoints().await?;
        let ask = async || {
            let set: KeySet = self.get(&endpoints.keys, None, KEYS).await?;
            Ok(set.keys)
        };
        self.keys.get(self.env.now(), age, ask).await
    }

    async fn endpoints(&self) -> Result<Arc<Endpoints>, Refusal> {
        if self.settings.kind == ProviderKind::Github {
            return Ok(Arc::new(self.github_endpoints()?));
        }
        let ask = async || self.discover().await;
        self.endpoints.get(self.env.now(), REMEMBERED, ask).await
    }

    fn client(&self, endpoints: &Endpoints) -> Client<EndpointSet, EndpointSet> {
        let id = ClientId::new(self.settings.client_id.clone());
        let secret = self.settings.client_secret.expose_secret().to_owned();
        Client::<EndpointNotSet, EndpointNotSet>::new(id)
            .set_client_secret(ClientSecret::new(secret))
            .set_auth_type(match endpoints.secret_in_body {
                true => AuthType::RequestBody,
                false => AuthType::BasicAuth,
            })
            .set_auth_uri(AuthUrl::from_url(endpoints.authorization.clone()))
            .set_token_uri(TokenUrl::from_url(endpoints.token.clone()))
            .set_redirect_uri(self.redirect.clone())
    }

    fn scopes(&self) -> Vec<String> {
        let usual: &[&str] = match self.settings.kind {
            ProviderKind::Oidc => &["openid", "email", "profile"],
            ProviderKind::Github => &["read:user", "user:email"],
        };
        match self.settings.scopes.as_slice() {
            [] => usual.iter().map(|scope| (*scope).to_owned()).collect(),
            scopes => scopes.to_vec(),
        }
    }

    /// A JSON document of the provider.
    async fn get<T: DeserializeOwned>(
        &self,
        url: &Url,
        bearer: Option<&str>,
        unusable: Unusable,
    ) -> Result<T, Refusal> {
        let mut request = Request::get(url.as_str()).header(header::ACCEPT, "application/json");
        if let Some(token) = bearer {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request.body(Vec::new()).map_err(|_| unusable.refusal())?;
        let answer = self.outgoing.send(&self.issuer, request).await?;
        if answer.status() != StatusCode::OK {
            return Err(unusable.refusal());
        }
        serde_json::from_slice(answer.body()).map_err(|_| unusable.refusal())
    }
}
