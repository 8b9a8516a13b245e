//! Whether a user has shown lately who they are.

use chrono::Duration;
use database::Transaction;
use kernel::{Caller, SessionId};

use super::super::store;
use super::Service;
use crate::domain::{UserRecord, lately};
use crate::error::Error;
use crate::users;

/// How long a user is taken to be at the device after they have shown who they are.
const RECENT: Duration = Duration::minutes(10);

impl Service {
    /// Refuses a sensitive change unless the user has shown lately who they are.
    pub(crate) async fn require_recent(&self, caller: &Caller) -> Result<(), Error> {
        let now = self.env.now();
        let session = store::find_open(self.database.read(), caller.session_id, now);
        let session = session
            .await?
            .filter(|session| lately::is_within(session.authenticated_at, RECENT, now));
        match session {
            Some(_) => Ok(()),
            None => Err(step_up_needed()),
        }
    }

    /// The caller's account, locked until the transaction ends, once it is sure that their session was
    /// not ended while the request was on its way: what it makes would outlive that.
    pub(crate) async fn acting(
        &self,
        txn: &Transaction,
        caller: &Caller,
    ) -> Result<UserRecord, Error> {
        let account = users::owner_of(txn, Some(caller.user_id)).await?;
        let now = self.env.now();
        let session = store::find_open(txn, caller.session_id, now).await?;
        session.ok_or_else(step_up_needed)?;
        Ok(account)
    }

    /// Notes that the user has shown again who they are.
    pub(crate) async fn note_step_up(
        &self,
        txn: &Transaction,
        session: SessionId,
    ) -> Result<(), Error> {
        store::step_up(txn, session, self.env.now()).await
    }
}

fn step_up_needed() -> Error {
    Error::StepUpNeeded(RECENT.num_minutes())
}
