//! Opening, refreshing, looking at and ending sessions, and the tokens for programs beside them.

mod api_tokens;
mod ending;
mod enter;
mod known_callers;
mod refresh;
mod status;
mod step_up;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use chrono::Duration as Span;
use database::Database;
use kernel::{Env, SessionId};
use moka::sync::Cache;
use token::TokenPolicy;

use super::status::{SessionStatus, statuses};
use crate::domain::{Demands, UserRecord, Way, may_issue};
use crate::error::Error;
use crate::sealing::MasterKey;
use crate::signing_keys::KeyRing;
use crate::turns::Turns;
use crate::{audit, authenticators};

/// How long sessions and their tokens live.
#[derive(Clone)]
pub(crate) struct Lifetimes {
    /// Whose tokens these are and how long they live.
    pub policy: TokenPolicy,
    /// How long a session lives without a refresh.
    pub idle: Duration,
    /// How long a session lives at most.
    pub absolute: Duration,
}

pub(crate) struct Service {
    database: Database,
    env: Env,
    master_key: MasterKey,
    audit: Arc<audit::Service>,
    keys: KeyRing,
    authenticators: Arc<authenticators::Service>,
    turns: Turns,
    policy: TokenPolicy,
    idle: Duration,
    absolute: Duration,
    demands: Demands,
    statuses: Cache<SessionId, SessionStatus>,
}

impl Service {
    #[expect(
        clippy::too_many_arguments,
        reason = "each is a dependency by its name"
    )]
    pub(crate) fn new(
        database: Database,
        env: Env,
        master_key: MasterKey,
        audit: Arc<audit::Service>,
        keys: KeyRing,
        authenticators: Arc<authenticators::Service>,
        turns: Turns,
        lifetimes: Lifetimes,
        demands: Demands,
    ) -> Self {
        let Lifetimes {
            policy,
            idle,
            absolute,
        } = lifetimes;
        Self {
            database,
            env,
            master_key,
            audit,
            keys,
            authenticators,
            turns,
            policy,
            idle,
            absolute,
            demands,
            statuses: statuses(),
        }
    }

    /// The user who may get a token by `way`, as the platform requires it of accounts.
    pub(crate) fn may_issue(
        &self,
        way: Way,
        account: Option<UserRecord>,
    ) -> Result<UserRecord, Error> {
        may_issue(way, account, self.demands)
    }
}

fn span(duration: Duration) -> Span {
    Span::from_std(duration).unwrap_or(Span::MAX)
}
