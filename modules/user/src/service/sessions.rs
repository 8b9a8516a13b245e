//! Seeing and ending one's own logins.

use chrono::Duration;
use contracts::user::UserLoggedOut;
use kernel::{Operation, SessionId, UserId};

use super::Service;
use crate::Error;
use crate::store;
use crate::store::sessions::Session;

/// How long a session that is over stays on record.
const SESSION_RECORD: Duration = Duration::days(30);
/// How long a login delay that has passed still counts.
const DELAY_RECORD: Duration = Duration::days(1);

impl Service {
    /// Deletes the sessions and login delays that are long over; returns how many.
    pub(crate) async fn sweep(&self) -> Result<u64, Error> {
        let now = self.ambient.now();
        let txn = self.database.begin().await?;
        let delays = store::delays::forget_before(&*txn, now - DELAY_RECORD).await?;
        let sessions = store::sessions::delete_before(&*txn, now - SESSION_RECORD).await?;
        txn.commit().await?;
        Ok(delays + sessions)
    }

    pub(crate) async fn sessions(&self, user: UserId) -> Result<Vec<Session>, Error> {
        let now = self.ambient.now();
        Ok(store::sessions::list_open(self.database.read(), user, now).await?)
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
        txn.commit().await?;
        self.standings.invalidate(&session);
        Ok(())
    }

    /// Ends every session of a person.
    pub(crate) async fn end_all_sessions(
        &self,
        operation: &Operation,
        user: UserId,
    ) -> Result<(), Error> {
        let now = self.ambient.now();
        let txn = self.database.begin().await?;
        let open = store::sessions::list_open(&*txn, user, now).await?;
        store::sessions::end_all(&*txn, user, now).await?;
        for session in &open {
            let event = UserLoggedOut {
                user_id: user,
                session_id: session.id,
            };
            bus::append(&*txn, &self.ambient, operation, crate::NAME, &event).await?;
        }
        txn.commit().await?;
        for session in open {
            self.standings.invalidate(&session.id);
        }
        Ok(())
    }
}
