//! From a refresh token to the next tokens of its session.

use chrono::Duration as Span;
use contracts::user::UserSuspiciousLogin;
use database::Transaction;
use kernel::{ExposeSecret, Operation, SecretString};
use serde_json::json;

use super::super::store::{self, Session, refresh_tokens};
use super::super::view::TokenPair;
use super::{Service, span};
use crate::audit::AuditAction;
use crate::domain::{MODULE, Way, lately};
use crate::error::Error;
use crate::sealing::{digits, hash};
use crate::{authenticators, users};

/// Within this time after it was used a token gives the same successor again: tabs and retries that
/// refresh at once all go on.
const GRACE: Span = Span::seconds(10);
/// No race is longer than this many rotations.
const LONGEST_RACE: usize = 256;

impl Service {
    /// Rotates: the token works once, and within the grace time gives the same successor again. A
    /// client that lost the answer may repeat the request later; a token that comes back then, after its
    /// successor was used, ends the session.
    pub(crate) async fn refresh(
        &self,
        operation: &Operation,
        refresh_token: &SecretString,
    ) -> Result<TokenPair, Error> {
        let refresh_token = refresh_token.expose_secret();
        let hash = hash(refresh_token);
        // Tabs that refresh at once wait here rather than each with a connection of the database.
        let _turn = self
            .turns
            .take(format!("refresh {}", digits(refresh_token)))
            .await;
        let now = self.env.now();
        let txn = self.database.begin().await?;
        let issued = refresh_tokens::find(&txn, &hash).await?;
        let issued = issued.ok_or(Error::RefreshRefused)?;
        let session = store::find_for_change(&txn, issued.session_id).await?;
        let session = session.filter(|session| {
            let idle = span(self.idle);
            session.ended_at.is_none()
                && session.expires_at > now
                && session.last_seen_at + idle > now
        });
        let session = session.ok_or(Error::RefreshRefused)?;
        // Another refresh may have used the token while this one waited for the session.
        let issued = refresh_tokens::find(&txn, &hash).await?;
        let issued = issued.ok_or(Error::RefreshRefused)?;
        let account = users::find(&txn, session.user_id).await?;
        let account = self.may_issue(Way::Refresh, account)?;
        let enrolled = authenticators::is_confirmed(&txn, account.id).await?;
        let scope = self.authenticators.session_scope(&account, enrolled);
        store::touch(&txn, session.id, now).await?;
        if !refresh_tokens::mark_used(&txn, &hash, now).await? {
            let used = issued.used_at;
            let raced = used.is_some_and(|used| lately::is_within(used, GRACE, now));
            if raced && let Some(newest) = self.newest_successor(&txn, refresh_token).await? {
                let tokens = self.tokens_with(&account, &session, newest, scope)?;
                txn.commit().await?;
                return Ok(tokens);
            }
            let Some(same) = self.unused_successor(&txn, refresh_token).await? else {
                return self.end_stolen(txn, operation, &session).await;
            };
            let tokens = self.tokens_with(&account, &session, same, scope)?;
            txn.commit().await?;
            return Ok(tokens);
        }
        let tokens = self
            .issue(&txn, &account, &session, Some(refresh_token), scope)
            .await?;
        txn.commit().await?;
        Ok(tokens)
    }

    /// The unused token at the end of the line that `token` began, made again.
    async fn newest_successor(
        &self,
        txn: &Transaction,
        token: &str,
    ) -> Result<Option<String>, Error> {
        let mut token = token.to_owned();
        for _ in 0..LONGEST_RACE {
            let next = refresh_tokens::successor(txn, &hash(&token)).await?;
            let Some((salt, used)) = next else {
                return Ok(None);
            };
            token = self.successor(&token, &salt);
            if !used {
                return Ok(Some(token));
            }
        }
        Ok(None)
    }

    /// The token that followed `token`, made again, when nobody has used it: whoever lost the answer
    /// gets it once more, and another tab that has got it goes on.
    async fn unused_successor(
        &self,
        txn: &Transaction,
        token: &str,
    ) -> Result<Option<String>, Error> {
        let next = refresh_tokens::successor(txn, &hash(token)).await?;
        let unused = next.filter(|(_, used)| !used);
        Ok(unused.map(|(salt, _)| self.successor(token, &salt)))
    }

    async fn end_stolen(
        &self,
        txn: Transaction,
        operation: &Operation,
        session: &Session,
    ) -> Result<TokenPair, Error> {
        store::end(&txn, session.user_id, session.id, self.env.now()).await?;
        let event = UserSuspiciousLogin {
            user_id: session.user_id,
            session_id: session.id,
        };
        bus::append(&txn, &self.env, operation, MODULE, &event).await?;
        let detail = json!({ "session": session.id });
        let entry = AuditAction::SessionReplayed.about(session.user_id, detail);
        self.audit.record(&txn, operation, entry).await?;
        txn.commit().await?;
        self.forget(&[session.id]);
        Err(Error::RefreshRefused)
    }
}
