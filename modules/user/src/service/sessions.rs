//! Seeing and ending one's own logins.

use chrono::Duration;
use contracts::user::{UserLoggedOut, UserSessionRevoked};
use database::Transaction;
use kernel::{Operation, SessionId, UserId};
use serde_json::json;

use super::Service;
use crate::Error;
use crate::store;
use crate::view::SessionView;

/// How long a session, a proof or a token that is over stays on record.
const SESSION_RECORD: Duration = Duration::days(30);
/// How long a login delay that has passed still counts.
const DELAY_RECORD: Duration = Duration::days(1);

/// How long a used challenge stays on record after it has run out: longer than clocks may differ.
const CHALLENGE_RECORD: Duration = Duration::minutes(5);

impl Service {
    /// Deletes the sessions, delays, proofs, tokens, sign-ins and exports that are over; returns how
    /// many.
    pub(crate) async fn sweep(&self) -> Result<u64, Error> {
        let now = self.ambient.now();
        let txn = self.database.begin().await?;
        let delays = store::delays::forget_before(&*txn, now - DELAY_RECORD).await?;
        let sessions = store::sessions::delete_before(&*txn, now - SESSION_RECORD).await?;
        let proofs = store::proofs::delete_before(&*txn, now - SESSION_RECORD).await?;
        let tokens = store::api_tokens::delete_before(&*txn, now - SESSION_RECORD).await?;
        let flows = store::provider_flows::delete_before(&*txn, now).await?;
        let challenges = store::challenges::delete_before(&*txn, now - CHALLENGE_RECORD).await?;
        let exports = self.expire_exports(&txn).await?;
        txn.commit().await?;
        Ok(delays + sessions + proofs + tokens + flows + challenges + exports)
    }

    /// The open sessions of a person; `current` is the one that asks.
    pub(crate) async fn sessions(
        &self,
        user: UserId,
        current: SessionId,
    ) -> Result<Vec<SessionView>, Error> {
        let now = self.ambient.now();
        let open = store::sessions::list_open(self.database.read(), user, now).await?;
        let views = open.into_iter();
        Ok(views
            .map(|session| SessionView::of(session, current))
            .collect())
    }

    /// Ends one session; the access tokens of it count no longer.
    pub(crate) async fn end_session(
        &self,
        operation: &Operation,
        user: UserId,
        session: SessionId,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        if !store::sessions::end(&*txn, user, session, self.ambient.now()).await? {
            return Err(Error::NoSession);
        }
        let event = UserLoggedOut {
            user_id: user,
            session_id: session,
        };
        bus::append(&*txn, &self.ambient, operation, crate::NAME, &event).await?;
        let detail = json!({ "session": session });
        self.audit(&txn, operation, "session.ended", Some(user), detail)
            .await?;
        txn.commit().await?;
        self.standings.invalidate(&session);
        Ok(())
    }

    /// Ends every session of a person but for `spared`.
    pub(crate) async fn end_all_sessions(
        &self,
        operation: &Operation,
        user: UserId,
        spared: Option<SessionId>,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        if store::people::find(&*txn, user).await?.is_none() {
            return Err(Error::NoAccount);
        }
        let ended = self.revoke_sessions(&txn, operation, user, spared).await?;
        let detail = json!({ "sessions": ended.len() });
        self.audit(&txn, operation, "sessions.ended", Some(user), detail)
            .await?;
        txn.commit().await?;
        self.forget_standings(&ended);
        Ok(())
    }

    /// Ends the sessions of a person but for `spared`; returns those that were ended.
    pub(crate) async fn revoke_sessions(
        &self,
        txn: &Transaction,
        operation: &Operation,
        user: UserId,
        spared: Option<SessionId>,
    ) -> Result<Vec<SessionId>, Error> {
        let now = self.ambient.now();
        let ended = store::sessions::end_all(&**txn, user, spared, now).await?;
        for session in &ended {
            let event = UserSessionRevoked {
                user_id: user,
                session_id: *session,
            };
            bus::append(&**txn, &self.ambient, operation, crate::NAME, &event).await?;
        }
        Ok(ended)
    }
}
