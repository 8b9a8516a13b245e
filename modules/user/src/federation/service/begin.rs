//! Sending a user to a provider, with a secret state.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::Duration;
use kernel::{Caller, FieldFault};

use super::super::flow::{BROWSER, Sealed, seal_name};
use super::super::provider::Secrets;
use super::super::request::BeginQuery;
use super::super::signed_in::Begun;
use super::super::view::{ProviderView, SignInBegun};
use super::Service;
use crate::domain::to_json;
use crate::error::Error;
use crate::identities::flows::{self, Flow};
use crate::sealing::hash;
use crate::users;

const LIFETIME: Duration = Duration::minutes(10);

impl Service {
    /// What the providers are called and what they speak.
    pub(crate) fn list_providers(&self) -> Vec<ProviderView> {
        let all = self.providers.iter().map(|provider| &provider.settings);
        let views = all.map(|settings| ProviderView {
            name: settings.name.clone(),
            label: settings.label.clone(),
            kind: settings.kind,
        });
        views.collect()
    }

    /// Whether a browser reaches us by https, so that it keeps cookies for that alone.
    pub(crate) fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// Begins a sign-in; with a caller the identity will be linked to their account.
    pub(crate) async fn begin(
        &self,
        caller: Option<&Caller>,
        name: &str,
        query: BeginQuery,
    ) -> Result<Begun, Error> {
        let provider = self.provider(name)?;
        self.check_return(&query)?;
        let now = self.env.now();
        let mut begun_at = now;
        if let Some(caller) = caller {
            // A change of rights may lie a moment ahead of the clock. Read before the session is
            // looked at, so that one which is made meanwhile is newer.
            let account = users::get(self.database.read(), caller.user_id).await?;
            begun_at = now.max(account.rights_changed_at);
            self.sessions.require_recent(caller).await?;
        }
        let random = || BASE64_URL_SAFE_NO_PAD.encode(self.env.bytes::<32>());
        let (state, nonce, verifier) = (random(), random(), random());
        let secrets = Secrets {
            state: &state,
            nonce: &nonce,
            verifier: &verifier,
        };
        let url = provider.authorization_url(&secrets).await;
        let url = url.map_err(|refusal| {
            refusal.log(name);
            refusal.error
        })?;
        let sealed = to_json(&Sealed {
            verifier,
            challenge: query.code_challenge,
        })?;
        let flow = Flow {
            provider: name.to_owned(),
            user_id: caller.map(|caller| caller.user_id),
            nonce,
            sealed_verifier: self
                .master_key
                .seal(&seal_name(&state), sealed.as_bytes())?,
            return_to: query.return_to,
            created_at: begun_at,
            expires_at: now + LIFETIME,
        };
        let browser = self.master_key.derive(BROWSER, state.as_bytes());
        let txn = self.database.begin().await?;
        flows::insert(&txn, &hash(&state), &flow).await?;
        txn.commit().await?;
        Ok(Begun {
            view: SignInBegun {
                authorization_url: url.to_string(),
                state,
            },
            browser: BASE64_URL_SAFE_NO_PAD.encode(browser),
        })
    }

    /// Only a URL that is listed exactly is returned to.
    fn check_return(&self, query: &BeginQuery) -> Result<(), Error> {
        let fault = |name: &str, code: &str, message: &str| {
            let fault = FieldFault::new(format!("/query/{name}"), code, message);
            Err(Error::Invalid(vec![fault]))
        };
        let listed = |url: &String| self.return_urls.contains(url);
        match (&query.return_to, &query.code_challenge) {
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
}
