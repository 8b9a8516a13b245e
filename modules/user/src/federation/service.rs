//! Signing in with another provider, and linking its identities.

mod begin;
mod finish;
mod identities;
mod roles;

use std::sync::Arc;

use database::Database;
use kernel::Env;

use super::provider::Provider;
use crate::domain::RegistrationMode;
use crate::error::Error;
use crate::sealing::MasterKey;
use crate::turns::Turns;
use crate::{accounts, audit, one_time_tokens, revocation, sessions};

/// What the operator has decided about other providers.
pub(crate) struct Policy {
    pub providers: Vec<Provider>,
    /// The exact addresses of applications to which a sign-in may return.
    pub return_urls: Vec<String>,
    /// Whether a browser reaches us by https, so that it keeps cookies for that alone.
    pub is_secure: bool,
    pub registration: RegistrationMode,
}

pub(crate) struct Service {
    database: Database,
    env: Env,
    master_key: MasterKey,
    audit: Arc<audit::Service>,
    tokens: Arc<one_time_tokens::Service>,
    sessions: Arc<sessions::Service>,
    revocation: Arc<revocation::Service>,
    accounts: Arc<accounts::Service>,
    turns: Turns,
    providers: Vec<Provider>,
    return_urls: Vec<String>,
    is_secure: bool,
    registration: RegistrationMode,
}

impl Service {
    #[expect(clippy::too_many_arguments, reason = "each is something that it needs")]
    pub(crate) fn new(
        database: Database,
        env: Env,
        master_key: MasterKey,
        audit: Arc<audit::Service>,
        tokens: Arc<one_time_tokens::Service>,
        sessions: Arc<sessions::Service>,
        revocation: Arc<revocation::Service>,
        accounts: Arc<accounts::Service>,
        turns: Turns,
        policy: Policy,
    ) -> Self {
        Self {
            database,
            env,
            master_key,
            audit,
            tokens,
            sessions,
            revocation,
            accounts,
            turns,
            providers: policy.providers,
            return_urls: policy.return_urls,
            is_secure: policy.is_secure,
            registration: policy.registration,
        }
    }

    fn provider(&self, name: &str) -> Result<&Provider, Error> {
        let mut all = self.providers.iter();
        let found = all.find(|provider| provider.settings.name == name);
        found.ok_or(Error::NoProvider)
    }
}
