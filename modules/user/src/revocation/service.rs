//! Ends what an event in the life of an account ends, in its transaction, by the one table.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use database::Transaction;
use kernel::{Env, Operation, Role, Roles, SessionId};
use serde::Serialize;

use super::table::{AccountEvent, Credential, Extent};
use crate::domain::{Invitation, UserRecord, from_json, may_invite};
use crate::error::Error;
use crate::{authenticators, identities, one_time_tokens, sessions, users};

/// What bounds a revocation.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Bounds {
    /// The caller's session.
    pub session: Option<SessionId>,
    /// When the change was made that is taken back.
    pub since: Option<DateTime<Utc>>,
}

/// How much was ended; goes into the audit log.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Revoked {
    pub sessions: usize,
    pub api_tokens: u64,
    pub identities: u64,
    pub second_factor: bool,
    pub invitations: u64,
}

pub(crate) struct Service {
    env: Env,
    sessions: Arc<sessions::Service>,
    authenticators: Arc<authenticators::Service>,
}

impl Service {
    pub(crate) fn new(
        env: Env,
        sessions: Arc<sessions::Service>,
        authenticators: Arc<authenticators::Service>,
    ) -> Self {
        Self {
            env,
            sessions,
            authenticators,
        }
    }

    /// As [`Service::revoke_within`], without bounds.
    pub(crate) async fn revoke(
        &self,
        txn: &Transaction,
        operation: &Operation,
        account: &mut UserRecord,
        event: AccountEvent,
    ) -> Result<Revoked, Error> {
        let bounds = Bounds::default();
        self.revoke_within(txn, operation, account, event, bounds)
            .await
    }

    /// Writes the user and ends what `event` ends. Once it is committed, every standing that was
    /// remembered must be forgotten.
    pub(crate) async fn revoke_within(
        &self,
        txn: &Transaction,
        operation: &Operation,
        account: &mut UserRecord,
        event: AccountEvent,
        bounds: Bounds,
    ) -> Result<Revoked, Error> {
        if event.renews_rights() {
            account.renew_rights(self.env.now());
            users::update(txn, account).await?;
        }
        let (user, now) = (account.id, self.env.now());
        let mut revoked = Revoked::default();
        if let Some(extent) = event.ends(Credential::Sessions) {
            let spared = bounds.session.filter(|_| extent == Extent::Others);
            let ended = self.sessions.revoke(txn, operation, user, spared).await?;
            revoked.sessions = ended.len();
        }
        if event.ends(Credential::ApiTokens).is_some() {
            revoked.api_tokens = self.sessions.delete_api_tokens(txn, user).await?;
        }
        if event.ends(Credential::Identities).is_some() {
            revoked.identities = identities::delete_of(txn, user).await?;
        }
        if let Some(extent) = event.ends(Credential::SecondFactor) {
            let since = since(extent, bounds);
            revoked.second_factor = self
                .authenticators
                .revoke(txn, operation, account, since)
                .await?;
        }
        if event.ends(Credential::LinkFlows).is_some() {
            identities::flows::delete_of(txn, user).await?;
        }
        for (purpose, extent) in event.ended_purposes() {
            let since = since(extent, bounds);
            one_time_tokens::end_of(txn, user, purpose, since, now).await?;
        }
        if let Some(extent) = event.ends(Credential::Invitations) {
            revoked.invitations = self.revoke_invitations(txn, account, extent).await?;
        }
        Ok(revoked)
    }

    async fn revoke_invitations(
        &self,
        txn: &Transaction,
        account: &UserRecord,
        extent: Extent,
    ) -> Result<u64, Error> {
        // By these roles an invitation stays; by none when all of them end.
        let carried = match extent {
            Extent::BeyondRoles => Some(account.roles.clone()),
            Extent::BeyondStudent => Some(Roles::from(vec![Role::Instructor])),
            Extent::All | Extent::Others | Extent::Newer => None,
        };
        let now = self.env.now();
        let mut ended = 0;
        for token in one_time_tokens::list_open_invitations(txn, account.id, now).await? {
            let invitation: Invitation = from_json(token.data.as_deref())?;
            let stays = |roles: &Roles| may_invite(roles, &invitation.roles);
            if !carried.as_ref().is_some_and(stays) {
                one_time_tokens::end(txn, token.id, now).await?;
                ended += 1;
            }
        }
        Ok(ended)
    }
}

fn since(extent: Extent, bounds: Bounds) -> Option<DateTime<Utc>> {
    bounds.since.filter(|_| extent == Extent::Newer)
}
