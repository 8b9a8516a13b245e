//! Signing in with another provider: sent there with a secret state, back with a code.
//!
//! The state works once, for ten minutes, and only in the browser that began: its cookie holds what
//! the master key makes of the state. An application that the person returns to gets a code of ours
//! that is worth something with its own verifier alone (RFC 7636).

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::Duration;
use database::Transaction;
use kernel::{ExposeSecret, Fault, FieldFault, Kind, Operation, SecretString, SessionId};
use rest::Caller;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Service;
use super::admission::{self, Way};
use super::login::LoggedIn;
use super::proofs::NewProof;
use super::providers::{Provider, ProviderKind, Refusal, Secrets};
use super::sealing::{broken, hash};
use super::tokens::Device;
use crate::Error;
use crate::purpose::Purpose;
use crate::store;
use crate::store::people::Person;
use crate::store::provider_flows::Flow;
use crate::view::IdentityView;

const LIFETIME: Duration = Duration::minutes(10);
const BROWSER: &str = "provider_browser";

/// How a sign-in begins.
pub(crate) struct Beginning {
    pub provider: String,
    /// The address of the application that the person returns to.
    pub return_to: Option<String>,
    /// What the application will show the verifier of.
    pub code_challenge: Option<String>,
}

/// A sign-in that has begun.
pub(crate) struct Begun {
    pub authorization_url: String,
    pub state: String,
    /// For the browser to keep.
    pub browser: String,
}

/// What a provider has sent a person back with, and what their browser kept.
pub(crate) struct ProviderAnswer {
    pub code: Option<String>,
    pub state: Option<String>,
    pub issuer: Option<String>,
    pub browser: Option<String>,
}

/// What a finished sign-in gives.
pub(crate) enum SignedIn {
    /// Tokens, or the second factor that is owed.
    In(LoggedIn),
    /// The identity is linked to the account of who began.
    Linked(IdentityView),
    /// The person goes on to this address.
    Return(String),
}

/// What is kept sealed of a sign-in.
#[derive(Serialize, Deserialize)]
struct Sealed {
    verifier: String,
    challenge: Option<String>,
}

/// What an application's code stands for.
#[derive(Serialize, Deserialize)]
struct Returning {
    provider: String,
    challenge: String,
}

impl Service {
    /// The names of the providers and what they speak.
    pub(crate) fn providers(&self) -> Vec<(String, ProviderKind)> {
        let all = self.providers.iter();
        all.map(|provider| (provider.settings.name.clone(), provider.settings.kind))
            .collect()
    }

    /// Whether a browser reaches us by https, so that it keeps cookies for that alone.
    pub(crate) fn is_secure(&self) -> bool {
        self.settings.token.issuer.starts_with("https://")
    }

    /// Begins a sign-in; with a caller the identity will be linked to their account.
    pub(crate) async fn begin_sign_in(
        &self,
        caller: Option<&Caller>,
        beginning: Beginning,
    ) -> Result<Begun, Error> {
        let provider = self.provider(&beginning.provider)?;
        self.check_return(&beginning)?;
        if let Some(caller) = caller {
            self.require_recent(caller).await?;
        }
        let random = || BASE64_URL_SAFE_NO_PAD.encode(self.ambient.bytes::<32>());
        let (state, nonce, verifier) = (random(), random(), random());
        let secrets = Secrets {
            state: &state,
            nonce: &nonce,
            verifier: &verifier,
        };
        let url = provider.authorization_url(&secrets).await;
        let url = url.map_err(|refusal| refusal.error)?;
        let sealed = super::to_json(&Sealed {
            verifier,
            challenge: beginning.code_challenge,
        })?;
        let now = self.ambient.now();
        let flow = Flow {
            provider: beginning.provider,
            user_id: caller.map(|caller| caller.user_id),
            nonce,
            sealed_verifier: self
                .master_key
                .seal(&seal_name(&state), sealed.as_bytes())?,
            return_to: beginning.return_to,
            created_at: now,
            expires_at: now + LIFETIME,
        };
        let browser = self.master_key.derive(BROWSER, state.as_bytes());
        store::provider_flows::insert(self.database.writer(), &hash(&state), &flow).await?;
        Ok(Begun {
            authorization_url: url.to_string(),
            state,
            browser: BASE64_URL_SAFE_NO_PAD.encode(browser),
        })
    }

    /// Finishes a sign-in. A refusal is noted, and told to the application that the person came from.
    pub(crate) async fn finish_sign_in(
        &self,
        operation: &Operation,
        name: &str,
        answer: &ProviderAnswer,
        device: Device,
    ) -> Result<SignedIn, Error> {
        let provider = self.provider(name)?;
        let (return_to, done) = match self.take_flow(provider, answer).await {
            Err(refusal) => (None, Err(refusal)),
            Ok(flow) => {
                let done = self.complete(operation, provider, &flow, answer, device);
                (flow.return_to.clone(), done.await)
            }
        };
        let refusal = match done {
            Ok(done) => return Ok(done),
            Err(refusal) => refusal,
        };
        if refusal.error.kind() == Kind::Internal {
            return Err(refusal.error);
        }
        self.note_refusal(operation, name, &refusal.reason).await?;
        match return_to {
            Some(url) => Ok(SignedIn::Return(format!(
                "{url}#error={}",
                refusal.error.code()
            ))),
            None => Err(refusal.error),
        }
    }

    /// The second half of a sign-in that returned to an application.
    pub(crate) async fn exchange_sign_in(
        &self,
        operation: &Operation,
        code: &SecretString,
        verifier: &SecretString,
        device: Device,
    ) -> Result<LoggedIn, Error> {
        let txn = self.database.begin().await?;
        let proof = self.redeem_proof(&txn, code, &[Purpose::SignIn]).await;
        let proof = proof.map_err(|error| match error {
            Error::ProofRefused => Error::ProviderRefused,
            other => other,
        })?;
        let returning: Returning = super::from_json(proof.data.as_deref())?;
        let shown = BASE64_URL_SAFE_NO_PAD.encode(hash(verifier.expose_secret()));
        if shown != returning.challenge {
            // The code is used up all the same: whoever has it without the verifier has stolen it.
            txn.commit().await?;
            self.note_refusal(operation, &returning.provider, "verifier")
                .await?;
            return Err(Error::ProviderRefused);
        }
        let person = match proof.user_id {
            Some(user) => store::people::find_for_change(&*txn, user).await?,
            None => None,
        };
        let person = admission::may_issue(Way::Provider, person, self.demands())?;
        let (entered, ended) = self
            .let_in(&txn, operation, &person, &returning.provider, device)
            .await?;
        txn.commit().await?;
        self.forget_standings(&ended);
        Ok(entered)
    }

    fn provider(&self, name: &str) -> Result<&Provider, Error> {
        let mut all = self.providers.iter();
        let found = all.find(|provider| provider.settings.name == name);
        found.ok_or(Error::NoProvider)
    }

    /// Only a listed address is returned to, to the letter.
    fn check_return(&self, beginning: &Beginning) -> Result<(), Error> {
        let fault = |name: &str, code: &str, message: &str| {
            let fault = FieldFault::new(format!("/query/{name}"), code, message);
            Err(Error::Invalid(vec![fault]))
        };
        let listed = |url: &String| self.settings.return_urls.contains(url);
        match (&beginning.return_to, &beginning.code_challenge) {
            (Some(url), _) if !listed(url) => fault(
                "return_to",
                "not_listed",
                "must be exactly one of the addresses that the operator has listed in auth.return_urls",
            ),
            (Some(_), None) => fault(
                "code_challenge",
                "required",
                "is required with return_to: the SHA-256 of a verifier that you keep, in base64url",
            ),
            _ => Ok(()),
        }
    }

    /// The sign-in that a state is of; whatever comes of it, the state works this once.
    async fn take_flow(
        &self,
        provider: &Provider,
        answer: &ProviderAnswer,
    ) -> Result<Flow, Refusal> {
        let state = answer.state.as_deref();
        let state = state.ok_or_else(|| Refusal::provider("state_missing"))?;
        let txn = self.database.begin().await?;
        let flow = store::provider_flows::take(&*txn, &hash(state)).await?;
        txn.commit().await?;
        let flow = flow.ok_or_else(|| Refusal::provider("state_unknown"))?;
        if flow.expires_at <= self.ambient.now() {
            return Err(Refusal::provider("state_expired"));
        }
        if flow.provider != provider.settings.name {
            return Err(Refusal::provider("other_provider"));
        }
        let kept = BASE64_URL_SAFE_NO_PAD.decode(answer.browser.as_deref().unwrap_or_default());
        let kept = kept.unwrap_or_default();
        if !self.master_key.verifies(BROWSER, state.as_bytes(), &kept) {
            return Err(Refusal::provider("other_browser"));
        }
        Ok(flow)
    }

    async fn complete(
        &self,
        operation: &Operation,
        provider: &Provider,
        flow: &Flow,
        answer: &ProviderAnswer,
        device: Device,
    ) -> Result<SignedIn, Refusal> {
        provider.check_issuer(answer.issuer.as_deref()).await?;
        let code = answer.code.as_deref();
        let code = code.ok_or_else(|| Refusal::provider("no_code"))?;
        let state = answer.state.as_deref().unwrap_or_default();
        let sealed = self
            .master_key
            .open(&seal_name(state), &flow.sealed_verifier)?;
        let sealed: Sealed = serde_json::from_slice(&sealed).map_err(broken)?;
        let secrets = Secrets {
            state,
            nonce: &flow.nonce,
            verifier: &sealed.verifier,
        };
        let visitor = provider.identify(code, &secrets).await?;
        let name = &provider.settings.name;
        let txn = self.database.begin().await?;
        if let Some(user) = flow.user_id {
            let operation = operation.by(user);
            let identity = self
                .link_own(&txn, &operation, user, flow.created_at, name, &visitor)
                .await?;
            txn.commit().await?;
            return Ok(match &flow.return_to {
                Some(url) => SignedIn::Return(format!("{url}#linked={name}")),
                None => SignedIn::Linked(IdentityView::of(identity)),
            });
        }
        let person = self.person_of(&txn, operation, name, &visitor).await?;
        if let (Some(url), Some(challenge)) = (&flow.return_to, sealed.challenge) {
            let code = self.code_for(&txn, &person, name, challenge).await?;
            txn.commit().await?;
            return Ok(SignedIn::Return(format!("{url}#code={code}")));
        }
        let (entered, ended) = self.let_in(&txn, operation, &person, name, device).await?;
        txn.commit().await?;
        self.forget_standings(&ended);
        Ok(SignedIn::In(entered))
    }

    /// A code for the application that the person returns to.
    async fn code_for(
        &self,
        txn: &Transaction,
        person: &Person,
        provider: &str,
        challenge: String,
    ) -> Result<String, Error> {
        let returning = Returning {
            provider: provider.to_owned(),
            challenge,
        };
        let proof = NewProof {
            asked_by: None,
            purpose: Purpose::SignIn,
            user: Some(person.id),
            // No letter carries it, so it must not count among those to the person's address.
            email: person.id.to_string(),
            data: Some(super::to_json(&returning)?),
        };
        let id = self.issue_proof(txn, proof).await?;
        Ok(self.proof_token(id).expose_secret().to_owned())
    }

    /// Opens a session, unless a second factor is owed.
    async fn let_in(
        &self,
        txn: &Transaction,
        operation: &Operation,
        person: &Person,
        provider: &str,
        device: Device,
    ) -> Result<(LoggedIn, Vec<SessionId>), Error> {
        if store::totp::is_confirmed(&**txn, person.id).await? {
            return Ok((self.challenge(person, device.name)?, Vec::new()));
        }
        let scope = self.session_scope(person, false);
        let operation = operation.by(person.id);
        let (tokens, ended) = self
            .open_session(txn, &operation, person, device, scope)
            .await?;
        let detail =
            json!({ "way": "provider", "provider": provider, "session": tokens.session_id });
        self.audit(txn, &operation, "login.succeeded", Some(person.id), detail)
            .await?;
        Ok((LoggedIn::Tokens(tokens), ended))
    }

    /// Nothing that a provider or a stranger has sent goes into the log.
    async fn note_refusal(
        &self,
        operation: &Operation,
        provider: &str,
        reason: &str,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        let detail = json!({ "provider": provider, "reason": reason });
        self.audit(&txn, operation, "identity.refused", None, detail)
            .await?;
        Ok(txn.commit().await?)
    }
}

fn seal_name(state: &str) -> String {
    format!(
        "provider_flow/{}",
        BASE64_URL_SAFE_NO_PAD.encode(hash(state))
    )
}
