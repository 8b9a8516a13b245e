//! Taking a user who comes back from a provider with a code.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use database::Transaction;
use kernel::{ExposeSecret, Fault, Kind, Operation, SessionId};
use serde_json::json;

use super::super::answer::ExternalUser;
use super::super::flow::{BROWSER, Returning, Sealed, seal_name};
use super::super::provider::{CLIENT, Provider, Secrets};
use super::super::refusal::Refusal;
use super::super::request::{CallbackQuery, ExchangeSignIn};
use super::super::signed_in::SignedIn;
use super::super::view::IdentityView;
use super::Service;
use crate::audit::AuditAction;
use crate::domain::{Purpose, UserRecord, Way, from_json};
use crate::error::Error;
use crate::identities::flows::{self, Flow};
use crate::one_time_tokens::NewToken;
use crate::sealing::hash;
use crate::sessions::{Client, Device, LoginAnswer};
use crate::users;

impl Service {
    /// Finishes a sign-in. A refusal is recorded, and passed to the application that the user came from.
    pub(crate) async fn finish(
        &self,
        operation: &Operation,
        name: &str,
        answer: &CallbackQuery,
        browser: Option<&str>,
        client: Client,
    ) -> Result<SignedIn, Error> {
        let provider = self.provider(name)?;
        let (return_to, done) = match self.take_flow(provider, answer, browser).await {
            Err(refusal) => (None, Err(refusal)),
            Ok(flow) => {
                let done = self.complete(operation, provider, &flow, answer, client);
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
        refusal.log(name);
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
    pub(crate) async fn exchange(
        &self,
        operation: &Operation,
        body: ExchangeSignIn,
        client: Client,
    ) -> Result<LoginAnswer, Error> {
        let txn = self.database.begin().await?;
        let token = self
            .tokens
            .redeem(&txn, &body.code, &[Purpose::SignIn])
            .await;
        let token = token.map_err(|error| match error {
            Error::OneTimeTokenRefused => Error::ProviderRefused,
            other => other,
        })?;
        let returning: Returning = from_json(token.data.as_deref())?;
        let shown = BASE64_URL_SAFE_NO_PAD.encode(hash(body.code_verifier.expose_secret()));
        if shown != returning.challenge {
            // The code is used up all the same: whoever has it without the verifier has stolen it.
            txn.commit().await?;
            self.note_refusal(operation, &returning.provider, "verifier")
                .await?;
            return Err(Error::ProviderRefused);
        }
        let account = match token.user_id {
            Some(user) => users::find_for_change(&txn, user).await?,
            None => None,
        };
        let account = self.sessions.may_issue(Way::Provider, account)?;
        let device = device_of(client, body.device);
        let (entered, ended) = self
            .let_in(&txn, operation, &account, &returning.provider, device)
            .await?;
        txn.commit().await?;
        self.sessions.forget(&ended);
        Ok(entered)
    }

    /// The sign-in that a state is of; whatever comes of it, the state works this once.
    async fn take_flow(
        &self,
        provider: &Provider,
        answer: &CallbackQuery,
        browser: Option<&str>,
    ) -> Result<Flow, Refusal> {
        let state = answer.state.as_deref();
        let state = state.ok_or_else(|| Refusal::provider("state_missing"))?;
        let txn = self.database.begin().await?;
        let flow = flows::take(&txn, &hash(state)).await?;
        txn.commit().await?;
        let flow = flow.ok_or_else(|| Refusal::provider("state_unknown"))?;
        if flow.expires_at <= self.env.now() {
            return Err(Refusal::provider("state_expired"));
        }
        if flow.provider != provider.settings.name {
            return Err(Refusal::provider("other_provider"));
        }
        let kept = BASE64_URL_SAFE_NO_PAD.decode(browser.unwrap_or_default());
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
        answer: &CallbackQuery,
        client: Client,
    ) -> Result<SignedIn, Refusal> {
        provider.check_issuer(answer.iss.as_deref()).await?;
        // A provider that returns an error has given no code, whatever else it sends (RFC 6749, section
        // 4.1.2.1).
        match answer.error.as_deref() {
            None => {}
            Some("access_denied") => {
                return Err(Refusal::new("canceled", Error::ProviderCanceled));
            }
            Some("unauthorized_client" | "invalid_scope") => return Err(CLIENT.refusal()),
            Some("server_error" | "temporarily_unavailable") => {
                return Err(Refusal::away(
                    "provider_error",
                    "it reports a fault of its own; check the log of the provider",
                ));
            }
            Some(_) => return Err(Refusal::provider("no_code")),
        }
        let code = answer.code.as_deref();
        let code = code.ok_or_else(|| Refusal::provider("no_code"))?;
        let state = answer.state.as_deref().unwrap_or_default();
        let sealed = self
            .master_key
            .open(&seal_name(state), &flow.sealed_verifier)?;
        let sealed: Sealed = serde_json::from_slice(&sealed).map_err(Error::internal)?;
        let secrets = Secrets {
            state,
            nonce: &flow.nonce,
            verifier: &sealed.verifier,
        };
        let external = provider.identify(code, &secrets).await?;
        // Those who come at once wait here, and not with a connection each for the first of them.
        let sign_in = format!("sign-in {} {}", provider.settings.name, external.subject);
        let _turn = self.turns.take_if_short(sign_in).await?;
        let enter = || self.enter(operation, provider, flow, &sealed, &external, &client);
        match enter().await {
            // Another tab has made the account of a new user meanwhile: this one finds it.
            Err(refusal) if refusal.is_race() => enter().await,
            done => done,
        }
    }

    /// Links the identity, or lets its user in.
    async fn enter(
        &self,
        operation: &Operation,
        provider: &Provider,
        flow: &Flow,
        sealed: &Sealed,
        external: &ExternalUser,
        client: &Client,
    ) -> Result<SignedIn, Refusal> {
        let name = &provider.settings.name;
        let txn = self.database.begin().await?;
        if let Some(user) = flow.user_id {
            let operation = operation.by(user);
            let identity = self
                .link_own(&txn, &operation, user, flow.created_at, name, external)
                .await?;
            txn.commit().await?;
            return Ok(match &flow.return_to {
                Some(url) => SignedIn::Return(format!("{url}#linked={name}")),
                None => SignedIn::Linked(IdentityView::of(identity)),
            });
        }
        let (account, roles_changed) = self.account_of(&txn, operation, name, external).await?;
        if let (Some(url), Some(challenge)) = (&flow.return_to, &sealed.challenge) {
            let code = self.code_for(&txn, &account, name, challenge).await?;
            txn.commit().await?;
            self.forget_if(roles_changed);
            return Ok(SignedIn::Return(format!("{url}#code={code}")));
        }
        let device = device_of(client.clone(), None);
        let (entered, ended) = self.let_in(&txn, operation, &account, name, device).await?;
        txn.commit().await?;
        self.sessions.forget(&ended);
        self.forget_if(roles_changed);
        Ok(SignedIn::In(entered))
    }

    /// Changed roles count at once.
    pub(super) fn forget_if(&self, roles_changed: bool) {
        if roles_changed {
            self.sessions.forget_all();
        }
    }

    /// A code for the application that the user returns to.
    async fn code_for(
        &self,
        txn: &Transaction,
        account: &UserRecord,
        provider: &str,
        challenge: &str,
    ) -> Result<String, Error> {
        let returning = Returning {
            provider: provider.to_owned(),
            challenge: challenge.to_owned(),
        };
        // No email carries it, so it must not count among those to the user's address.
        let token =
            NewToken::to_email(Purpose::SignIn, account.id.to_string()).of(Some(account.id));
        let id = self.tokens.issue(txn, token.with(&returning)?).await?;
        Ok(self.tokens.secret(id).expose_secret().to_owned())
    }

    /// Opens a session, unless a second factor is owed.
    async fn let_in(
        &self,
        txn: &Transaction,
        operation: &Operation,
        account: &UserRecord,
        provider: &str,
        device: Device,
    ) -> Result<(LoginAnswer, Vec<SessionId>), Error> {
        let operation = operation.by(account.id);
        let (answer, ended) = self
            .sessions
            .enter(txn, &operation, account, device)
            .await?;
        if let LoginAnswer::Tokens(tokens) = &answer {
            let session = tokens.session_id;
            let detail = json!({ "way": "provider", "provider": provider, "session": session });
            let entry = AuditAction::LoginSucceeded.about(account.id, detail);
            self.audit.record(txn, &operation, entry).await?;
        }
        Ok((answer, ended))
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
        let entry = AuditAction::IdentityRefused.about(None, detail);
        self.audit.record(&txn, operation, entry).await?;
        Ok(txn.commit().await?)
    }
}

fn device_of(client: Client, name: Option<String>) -> Device {
    Device {
        name: name.unwrap_or(client.agent),
        ip_address: client.ip_address,
        known: None,
    }
}
