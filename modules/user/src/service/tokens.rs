//! Opening sessions and issuing their tokens.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::Duration as Span;
use contracts::user::{UserLoggedIn, UserLoggedOut};
use database::Transaction;
use kernel::{Operation, SessionId};
use rest::jwt::{AccessClaims, TokenClass};
use serde_json::json;

use super::Service;
use super::sealing::hash;
use crate::Error;
use crate::store;
use crate::store::people::Person;
use crate::store::sessions::Session;

/// Open sessions of one person.
const MOST_SESSIONS: u64 = 100;

/// What a client gets from a login or a refresh.
pub(crate) struct Tokens {
    pub access_token: String,
    pub expires_in: Duration,
    pub refresh_token: String,
    pub session_id: SessionId,
    /// What the access token may be used for; empty means everything.
    pub scope: &'static str,
}

/// Where a person logs in from.
pub(crate) struct Device {
    pub name: String,
    pub address: String,
}

impl Service {
    /// Opens a session and issues its first tokens; also returns the sessions that had to make room.
    pub(crate) async fn open_session(
        &self,
        txn: &Transaction,
        operation: &Operation,
        person: &Person,
        device: Device,
        scope: &'static str,
    ) -> Result<(Tokens, Vec<SessionId>), Error> {
        let now = self.ambient.now();
        let ended = self.make_room(txn, operation, person).await?;
        let session = Session {
            id: self.ambient.id(),
            user_id: person.id,
            device: device.name,
            address: device.address,
            created_at: now,
            last_seen_at: now,
            authenticated_at: now,
            expires_at: now + span(self.settings.session_absolute),
            ended_at: None,
        };
        store::sessions::insert(&**txn, &session).await?;
        let tokens = self.issue(txn, person, &session, None, scope).await?;
        let event = UserLoggedIn {
            user_id: person.id,
            session_id: session.id,
        };
        bus::append(&**txn, &self.ambient, operation, crate::NAME, &event).await?;
        Ok((tokens, ended))
    }

    /// Ends the sessions unseen for the longest that leave no room for one more.
    async fn make_room(
        &self,
        txn: &Transaction,
        operation: &Operation,
        person: &Person,
    ) -> Result<Vec<SessionId>, Error> {
        let now = self.ambient.now();
        let room = MOST_SESSIONS - 1;
        let beyond = store::sessions::list_open_beyond(&**txn, person.id, room, now).await?;
        let mut ended = Vec::new();
        for session in beyond {
            store::sessions::end(&**txn, person.id, session.id, now).await?;
            let event = UserLoggedOut {
                user_id: person.id,
                session_id: session.id,
            };
            bus::append(&**txn, &self.ambient, operation, crate::NAME, &event).await?;
            let detail = json!({ "session": session.id, "why": "room" });
            self.audit(txn, operation, "session.ended", Some(person.id), detail)
                .await?;
            ended.push(session.id);
        }
        Ok(ended)
    }

    /// The next access and refresh token of a session; `parent` is the token that they follow.
    pub(crate) async fn issue(
        &self,
        txn: &Transaction,
        person: &Person,
        session: &Session,
        parent: Option<&[u8]>,
        scope: &'static str,
    ) -> Result<Tokens, Error> {
        let now = self.ambient.now();
        let refresh_token = BASE64_URL_SAFE_NO_PAD.encode(self.ambient.bytes::<32>());
        store::sessions::insert_token(&**txn, &hash(&refresh_token), session.id, parent, now)
            .await?;
        let lifetime = self.settings.token.lifetime;
        Ok(Tokens {
            access_token: self.access_token(person, session.id, scope, lifetime)?,
            expires_in: lifetime,
            refresh_token,
            session_id: session.id,
            scope,
        })
    }

    /// Signs an access token of a session, or of an API token under its id.
    pub(crate) fn access_token(
        &self,
        person: &Person,
        sid: SessionId,
        scope: &str,
        lifetime: Duration,
    ) -> Result<String, Error> {
        let now = self.ambient.now();
        // A token that is made in the very second of a change of rights must still be newer.
        let issued_at = now
            .timestamp()
            .max(person.rights_changed_at.timestamp() + 1);
        let policy = &self.settings.token;
        let claims = AccessClaims {
            iss: policy.issuer.clone(),
            aud: TokenClass::Access.audience(policy),
            sub: person.id,
            sid,
            role: person.roles.clone(),
            scope: scope.to_owned(),
            iat: issued_at,
            nbf: issued_at,
            exp: issued_at + span(lifetime).num_seconds(),
            jti: self.ambient.id::<kernel::kind::Event>().to_string(),
        };
        self.keys.sign(TokenClass::Access, &claims)
    }

    /// What was remembered of these sessions is asked again.
    pub(crate) fn forget_standings(&self, sessions: &[SessionId]) {
        for session in sessions {
            self.standings.invalidate(session);
        }
    }
}

pub(crate) fn span(duration: Duration) -> Span {
    Span::from_std(duration).unwrap_or(Span::MAX)
}
