//! Whether a session is open, which every request checks.

use kernel::{Roles, SessionId, UserId};

use super::super::status::SessionStatus;
use super::super::store;
use super::Service;
use crate::error::Error;
use crate::users;

impl Service {
    /// The present roles of a user whose session, or API token under its id, is open, unless their
    /// rights have changed since `issued_at`.
    pub(crate) async fn find_roles(
        &self,
        user: UserId,
        session: SessionId,
        issued_at: i64,
    ) -> Result<Option<Roles>, Error> {
        let status = match self.statuses.get(&session) {
            Some(status) => status,
            None => {
                let status = self.read_status(session).await?;
                self.statuses.insert(session, status.clone());
                status
            }
        };
        let rights = status.0.filter(|rights| rights.user == user);
        let rights = rights.filter(|rights| issued_at > rights.since.timestamp());
        Ok(rights.map(|rights| rights.roles))
    }

    async fn read_status(&self, session: SessionId) -> Result<SessionStatus, Error> {
        let now = self.env.now();
        let owner = store::owner(session, now);
        let rights = users::find_rights(self.database.read(), owner).await?;
        Ok(SessionStatus(rights))
    }

    /// Drops what was cached of these sessions.
    pub(crate) fn forget(&self, sessions: &[SessionId]) {
        for session in sessions {
            self.statuses.invalidate(session);
        }
    }

    /// Drops what was cached of all sessions.
    pub(crate) fn forget_all(&self) {
        self.statuses.invalidate_all();
    }
}
