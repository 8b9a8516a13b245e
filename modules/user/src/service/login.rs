//! From a password to tokens, and from a refresh token to the next ones.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration as Span, Utc};
use contracts::user::{UserLoggedIn, UserLoggedOut, UserSuspiciousLogin};
use database::Transaction;
use kernel::{ExposeSecret, Operation, SecretString, SessionId, UserId, text};
use rest::AccessClaims;

use super::{Service, passwords, throttle};
use crate::Error;
use crate::store;
use crate::store::people::Person;
use crate::store::sessions::Session;

/// Two refreshes with one token within this time are a race, not a lost answer.
const RACE: Span = Span::seconds(2);
/// Open sessions of one person.
const MOST_SESSIONS: usize = 100;

/// What a person logs in with.
pub(crate) struct Credentials {
    pub login: String,
    pub password: SecretString,
    pub device: String,
    pub address: String,
}

/// What a client gets from a login or a refresh.
pub(crate) struct Tokens {
    pub access_token: String,
    pub expires_in: Duration,
    pub refresh_token: String,
    pub session_id: SessionId,
}

impl Service {
    pub(crate) async fn log_in(
        &self,
        operation: &Operation,
        credentials: Credentials,
    ) -> Result<Tokens, Error> {
        let folded = text::fold(&credentials.login);
        let now = self.ambient.now();
        let found = store::people::find_login(self.database.read(), &folded).await?;
        let (person, stored) = found.unzip();
        let known = person.as_ref().map(|person| person.id);
        let account_key = throttle::account_key(known, &folded);
        self.count_attempt(&account_key, now).await?;
        let password = passwords::compose(&credentials.password);
        let right = match self.lane.verify(password, stored).await {
            Ok(right) => right,
            Err(error) => {
                self.forgive_attempt(&account_key).await?;
                return Err(error);
            }
        };
        let person = person.filter(|person| right && !person.disabled);
        let person = person.ok_or(Error::WrongCredentials)?;
        let operation = Operation {
            actor: Some(person.id),
            ..operation.clone()
        };
        let txn = self.database.begin().await?;
        store::delays::delete(&*txn, &account_key).await?;
        let ended = self.make_room(&txn, &operation, person.id, now).await?;
        let lifetime = span(self.settings.session_absolute);
        let session = Session {
            id: self.ambient.id(),
            user_id: person.id,
            device: credentials.device,
            address: credentials.address,
            created_at: now,
            last_seen_at: now,
            expires_at: now + lifetime,
            ended_at: None,
        };
        store::sessions::insert(&*txn, &session).await?;
        let tokens = self.issue(&txn, &person, &session, None).await?;
        let event = UserLoggedIn {
            user_id: person.id,
            session_id: session.id,
        };
        bus::append(&*txn, &self.ambient, &operation, crate::NAME, &event).await?;
        txn.commit().await?;
        for session in ended {
            self.standings.invalidate(&session);
        }
        Ok(tokens)
    }

    /// Counts the try as a failure before its password is checked, so that many at once cannot
    /// all pass; a login that succeeds clears the count.
    async fn count_attempt(&self, account_key: &str, now: DateTime<Utc>) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        store::delays::lock(&*txn, account_key, now).await?;
        let delay = store::delays::find(&*txn, account_key).await?;
        if let Some(wait) = throttle::remaining(delay.as_ref(), now) {
            return Err(Error::Delayed(wait));
        }
        let delay = throttle::after_failure(delay.as_ref(), now);
        store::delays::put(&*txn, account_key, &delay).await?;
        txn.commit().await?;
        Ok(())
    }

    /// A try whose password was never checked is no failure.
    async fn forgive_attempt(&self, account_key: &str) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        store::delays::forgive(&*txn, account_key).await?;
        txn.commit().await?;
        Ok(())
    }

    /// Ends the sessions unseen for the longest that leave no room for one more.
    async fn make_room(
        &self,
        txn: &Transaction,
        operation: &Operation,
        user: UserId,
        now: DateTime<Utc>,
    ) -> Result<Vec<SessionId>, Error> {
        let open = store::sessions::list_open(&**txn, user, now).await?;
        let mut ended = Vec::new();
        for session in open.into_iter().skip(MOST_SESSIONS - 1) {
            store::sessions::end(&**txn, user, session.id, now).await?;
            let event = UserLoggedOut {
                user_id: user,
                session_id: session.id,
            };
            bus::append(&**txn, &self.ambient, operation, crate::NAME, &event).await?;
            ended.push(session.id);
        }
        Ok(ended)
    }

    /// Rotates: the token works once. A client that lost the answer may ask again; a token that
    /// comes back after its successor was used ends the session.
    pub(crate) async fn refresh(
        &self,
        operation: &Operation,
        refresh_token: &SecretString,
    ) -> Result<Tokens, Error> {
        let hash = hash(refresh_token.expose_secret());
        let now = self.ambient.now();
        let txn = self.database.begin().await?;
        let issued = store::sessions::find_token(&*txn, &hash).await?;
        let issued = issued.ok_or(Error::RefreshRefused)?;
        let session = store::sessions::find_for_change(&*txn, issued.session_id).await?;
        let session = session.filter(|session| {
            let idle = span(self.settings.session_idle);
            session.ended_at.is_none()
                && session.expires_at > now
                && session.last_seen_at + idle > now
        });
        let session = session.ok_or(Error::RefreshRefused)?;
        // Another refresh may have used the token while this one waited for the session.
        let issued = store::sessions::find_token(&*txn, &hash).await?;
        let issued = issued.ok_or(Error::RefreshRefused)?;
        let person = store::people::find(&*txn, session.user_id).await?;
        let person = person.filter(|person| !person.disabled);
        let person = person.ok_or(Error::RefreshRefused)?;
        if !store::sessions::use_token(&*txn, &hash, now).await? {
            let raced = issued.used_at.is_none_or(|used| now - used < RACE);
            if !store::sessions::take_back_successors(&*txn, &hash).await? {
                return self.end_stolen(txn, operation, &session).await;
            }
            if raced {
                return Err(Error::RefreshRaced);
            }
        }
        store::sessions::touch(&*txn, session.id, now).await?;
        let tokens = self.issue(&txn, &person, &session, Some(&hash)).await?;
        txn.commit().await?;
        Ok(tokens)
    }

    async fn end_stolen(
        &self,
        txn: Transaction,
        operation: &Operation,
        session: &Session,
    ) -> Result<Tokens, Error> {
        store::sessions::end(&*txn, session.user_id, session.id, self.ambient.now()).await?;
        let event = UserSuspiciousLogin {
            user_id: session.user_id,
            session_id: session.id,
        };
        bus::append(&*txn, &self.ambient, operation, crate::NAME, &event).await?;
        txn.commit().await?;
        self.standings.invalidate(&session.id);
        Err(Error::RefreshRefused)
    }

    async fn issue(
        &self,
        txn: &Transaction,
        person: &Person,
        session: &Session,
        parent: Option<&[u8]>,
    ) -> Result<Tokens, Error> {
        let now = self.ambient.now();
        let refresh_token = BASE64_URL_SAFE_NO_PAD.encode(self.ambient.bytes::<32>());
        let hash = hash(&refresh_token);
        store::sessions::insert_token(&**txn, &hash, session.id, parent, now).await?;
        // A token that is made in the very second of a change of rights must still be newer.
        let issued_at = now
            .timestamp()
            .max(person.rights_changed_at.timestamp() + 1);
        let lifetime = self.settings.token.lifetime;
        let claims = AccessClaims {
            iss: self.settings.token.issuer.clone(),
            aud: self.settings.token.audience.clone(),
            sub: person.id,
            sid: session.id,
            role: person.roles.clone(),
            scope: String::new(),
            iat: issued_at,
            nbf: issued_at,
            exp: issued_at + span(lifetime).num_seconds(),
            jti: self.ambient.id::<kernel::kind::Event>().to_string(),
        };
        Ok(Tokens {
            access_token: self.keys.sign(&claims)?,
            expires_in: lifetime,
            refresh_token,
            session_id: session.id,
        })
    }
}

pub(crate) fn hash(token: &str) -> Vec<u8> {
    digest(&SHA256, token.as_bytes()).as_ref().to_vec()
}

fn span(duration: Duration) -> Span {
    Span::from_std(duration).unwrap_or(Span::MAX)
}
