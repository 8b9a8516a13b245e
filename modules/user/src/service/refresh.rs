//! From a refresh token to the next tokens of its session.

use chrono::Duration as Span;
use contracts::user::UserSuspiciousLogin;
use database::Transaction;
use kernel::{ExposeSecret, Operation, SecretString};
use serde_json::json;

use super::Service;
use super::admission::{self, Way};
use super::sealing::hash;
use super::tokens::{Tokens, span};
use crate::Error;
use crate::store;
use crate::store::sessions::Session;

/// Two refreshes with one token within this time are a race, not a lost answer.
const RACE: Span = Span::seconds(2);

impl Service {
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
        let person = admission::may_issue(Way::Refresh, person, self.demands())?;
        if !store::sessions::use_token(&*txn, &hash, now).await? {
            let raced = issued.used_at.is_none_or(|used| now - used < RACE);
            if !store::sessions::take_back_successors(&*txn, &hash, now).await? {
                return self.end_stolen(txn, operation, &session).await;
            }
            if raced {
                return Err(Error::RefreshRaced);
            }
        }
        store::sessions::touch(&*txn, session.id, now).await?;
        let enrolled = store::totp::is_confirmed(&*txn, person.id).await?;
        let scope = self.session_scope(&person, enrolled);
        let tokens = self
            .issue(&txn, &person, &session, Some(&hash), scope)
            .await?;
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
        let detail = json!({ "session": session.id });
        let subject = Some(session.user_id);
        self.audit(&txn, operation, "session.replayed", subject, detail)
            .await?;
        txn.commit().await?;
        self.standings.invalidate(&session.id);
        Err(Error::RefreshRefused)
    }
}
