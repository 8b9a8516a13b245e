//! Deleting what has been over for long enough.

use chrono::Duration;

use super::Service;
use crate::error::Error;
use crate::{credentials, identities, mfa, one_time_tokens, sessions};

/// How long a one-time token that has run out stays on record.
const TOKEN_RECORD: Duration = Duration::days(30);

impl Service {
    /// Deletes the sessions, delays, tokens, sign-ins and exports that are over; returns how many.
    pub(crate) async fn sweep(&self) -> Result<u64, Error> {
        let now = self.env.now();
        let txn = self.database.begin().await?;
        let delays = credentials::sweep(&txn, now).await?;
        let sessions = sessions::sweep(&txn, now).await?;
        let tokens = one_time_tokens::delete_before(&txn, now - TOKEN_RECORD).await?;
        let flows = identities::flows::delete_before(&txn, now).await?;
        let challenges = mfa::sweep(&txn, now).await?;
        let exports = self.expire_exports(&txn).await?;
        txn.commit().await?;
        Ok(delays + sessions + tokens + flows + challenges + exports)
    }
}
