//! Seeing and ending one's own logins.

use contracts::user::{UserLoggedOut, UserSessionRevoked};
use database::Transaction;
use kernel::{Operation, SessionId, UserId};
use serde_json::json;

use super::super::store;
use super::super::view::SessionView;
use super::Service;
use crate::audit::AuditAction;
use crate::domain::MODULE;
use crate::error::Error;
use crate::users;

impl Service {
    /// The open sessions of a user; `current` is the caller's.
    pub(crate) async fn list(
        &self,
        user: UserId,
        current: SessionId,
    ) -> Result<Vec<SessionView>, Error> {
        let now = self.env.now();
        let open = store::list_open(self.database.read(), user, now).await?;
        let views = open.into_iter();
        Ok(views
            .map(|session| SessionView::of(session, current))
            .collect())
    }

    /// Ends one session; the access tokens of it count no longer.
    pub(crate) async fn end(
        &self,
        operation: &Operation,
        user: UserId,
        session: SessionId,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        if !store::end(&txn, user, session, self.env.now()).await? {
            return Err(Error::NoSession);
        }
        let event = UserLoggedOut {
            user_id: user,
            session_id: session,
        };
        bus::append(&txn, &self.env, operation, MODULE, &event).await?;
        let entry = AuditAction::SessionEnded.about(user, json!({ "session": session }));
        self.audit.record(&txn, operation, entry).await?;
        txn.commit().await?;
        self.forget(&[session]);
        Ok(())
    }

    /// Ends every session of a user but for `spared`.
    pub(crate) async fn end_all(
        &self,
        operation: &Operation,
        user: UserId,
        spared: Option<SessionId>,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        if users::find(&txn, user).await?.is_none() {
            return Err(Error::NoAccount);
        }
        let ended = self.revoke(&txn, operation, user, spared).await?;
        let entry = AuditAction::SessionsEnded.about(user, json!({ "sessions": ended.len() }));
        self.audit.record(&txn, operation, entry).await?;
        txn.commit().await?;
        self.forget(&ended);
        Ok(())
    }

    /// Ends the sessions of a user but for `spared`; returns those that were ended.
    pub(crate) async fn revoke(
        &self,
        txn: &Transaction,
        operation: &Operation,
        user: UserId,
        spared: Option<SessionId>,
    ) -> Result<Vec<SessionId>, Error> {
        let now = self.env.now();
        let ended = store::end_all(txn, user, spared, now).await?;
        for session in &ended {
            let event = UserSessionRevoked {
                user_id: user,
                session_id: *session,
            };
            bus::append(txn, &self.env, operation, MODULE, &event).await?;
        }
        Ok(ended)
    }
}
