//! Opening sessions and issuing their tokens.

use std::borrow::Cow;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use contracts::user::{UserLoggedIn, UserLoggedOut};
use database::Transaction;
use kernel::{Operation, SessionId};
use serde_json::json;
use token::{AccessClaims, TokenClass};

use super::super::device::Device;
use super::super::store::refresh_tokens::{self, Descent};
use super::super::store::{self, Session};
use super::super::view::TokenPair;
use super::{Service, span};
use crate::audit::AuditAction;
use crate::domain::{MODULE, UserRecord};
use crate::error::Error;
use crate::sealing::hash;
use crate::users;

/// Clocks of processes that are kept in step differ by less.
const AHEAD: TimeDelta = TimeDelta::seconds(30);

/// Open sessions of one user.
const MOST_SESSIONS: u64 = 100;

impl Service {
    /// Opens a session and issues its first tokens; also returns the sessions that had to make room.
    pub(crate) async fn open(
        &self,
        txn: &Transaction,
        operation: &Operation,
        account: &UserRecord,
        device: Device,
        scope: &'static str,
    ) -> Result<(TokenPair, Vec<SessionId>), Error> {
        let now = self.env.now();
        let ended = self.make_room(txn, operation, account).await?;
        let device_token = self
            .remember_caller(txn, account.id, device.known, &device.ip_address)
            .await?;
        let session = Session {
            id: self.env.id(),
            user_id: account.id,
            device: device.name,
            ip_address: device.ip_address,
            created_at: now,
            last_seen_at: now,
            authenticated_at: now,
            expires_at: now + span(self.absolute),
            ended_at: None,
        };
        store::insert(txn, &session).await?;
        let tokens = self.issue(txn, account, &session, None, scope).await?;
        let tokens = TokenPair {
            device_token,
            ..tokens
        };
        let event = UserLoggedIn {
            user_id: account.id,
            session_id: session.id,
        };
        bus::append(txn, &self.env, operation, MODULE, &event).await?;
        Ok((tokens, ended))
    }

    /// Ends the sessions unseen for the longest that leave no room for one more.
    async fn make_room(
        &self,
        txn: &Transaction,
        operation: &Operation,
        account: &UserRecord,
    ) -> Result<Vec<SessionId>, Error> {
        let now = self.env.now();
        let room = MOST_SESSIONS - 1;
        let beyond = store::list_open_beyond(txn, account.id, room, now).await?;
        let mut ended = Vec::new();
        for session in beyond {
            store::end(txn, account.id, session.id, now).await?;
            let event = UserLoggedOut {
                user_id: account.id,
                session_id: session.id,
            };
            bus::append(txn, &self.env, operation, MODULE, &event).await?;
            let detail = json!({ "session": session.id, "why": "room" });
            let entry = AuditAction::SessionEnded.about(account.id, detail);
            self.audit.record(txn, operation, entry).await?;
            ended.push(session.id);
        }
        Ok(ended)
    }

    /// The next access and refresh token of a session; `parent` is the token that they follow.
    pub(crate) async fn issue(
        &self,
        txn: &Transaction,
        account: &UserRecord,
        session: &Session,
        parent: Option<&str>,
        scope: &'static str,
    ) -> Result<TokenPair, Error> {
        let now = self.env.now();
        let random = self.env.bytes::<32>();
        let (refresh_token, descent) = match parent {
            None => (BASE64_URL_SAFE_NO_PAD.encode(random), None),
            Some(parent) => {
                let descent = Descent {
                    parent_hash: hash(parent),
                    salt: random.to_vec(),
                };
                (self.successor(parent, &random), Some(descent))
            }
        };
        refresh_tokens::insert(txn, &hash(&refresh_token), session.id, descent, now).await?;
        let account = self.with_timely_rights(txn, account).await?;
        self.tokens_with(&account, session, refresh_token, scope)
    }

    /// A change of rights that a clock ahead of today's has dated would make tokens that count only
    /// then; what it ended has ended all the same.
    async fn with_timely_rights<'a>(
        &self,
        txn: &Transaction,
        account: &'a UserRecord,
    ) -> Result<Cow<'a, UserRecord>, Error> {
        let now = self.env.now();
        if account.rights_changed_at <= now + AHEAD {
            return Ok(Cow::Borrowed(account));
        }
        let mut account = account.clone();
        account.rights_changed_at = now;
        users::set_rights_changed_at(txn, account.id, now).await?;
        Ok(Cow::Owned(account))
    }

    /// The refresh token that follows `parent`: whoever shows that one again can be given it again,
    /// and nobody can make it from what is stored.
    pub(crate) fn successor(&self, parent: &str, salt: &[u8]) -> String {
        let input = [salt, parent.as_bytes()].concat();
        BASE64_URL_SAFE_NO_PAD.encode(self.master_key.derive("refresh_token", &input))
    }

    /// A new access token beside a refresh token that is stored already.
    pub(crate) fn tokens_with(
        &self,
        account: &UserRecord,
        session: &Session,
        refresh_token: String,
        scope: &'static str,
    ) -> Result<TokenPair, Error> {
        let lifetime = self.policy.lifetime;
        Ok(TokenPair {
            access_token: self.access_token(account, session.id, scope, lifetime)?,
            token_type: "Bearer",
            expires_in: lifetime.as_secs(),
            refresh_token,
            session_id: session.id,
            device_token: None,
            scope,
        })
    }

    /// Signs an access token of a session, or of an API token under its id.
    pub(crate) fn access_token(
        &self,
        account: &UserRecord,
        sid: SessionId,
        scope: &str,
        lifetime: Duration,
    ) -> Result<String, Error> {
        let now = self.env.now();
        // A token that is made in the very second of a change of rights must still be newer.
        let issued_at = now
            .timestamp()
            .max(account.rights_changed_at.timestamp() + 1);
        let policy = &self.policy;
        let claims = AccessClaims {
            iss: policy.issuer.clone(),
            aud: TokenClass::Access.audience(policy),
            sub: account.id,
            sid,
            role: account.roles.clone(),
            scope: scope.to_owned(),
            iat: issued_at,
            nbf: issued_at,
            exp: issued_at + span(lifetime).num_seconds(),
            jti: self.env.id::<kernel::kind::Event>().to_string(),
        };
        self.keys.sign(TokenClass::Access, &claims)
    }
}
