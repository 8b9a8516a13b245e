//! How many emails one address gets.

use chrono::Duration;
use database::Transaction;
use kernel::{Operation, UserId};
use serde_json::json;

use super::super::store::{self, OneTimeToken};
use super::Service;
use crate::audit::AuditAction;
use crate::domain::{Purpose, email_address, lately};
use crate::error::Error;

/// Emails of one purpose that one address gets in one hour. Each purpose has a budget of its own,
/// so that a stranger who requests the one keeps nobody from the other.
const MAX_EMAILS: u64 = 5;
/// The same for links to change to an address: each user sends five of them at most, so that it takes
/// several to use up those of the address's owner.
const MAX_CHANGE_EMAILS: u64 = 20;
/// As long as a password reset link is younger than this, the next request sends no other.
const RESET_GAP: Duration = Duration::minutes(2);
/// The same once the emails of the hour are sent, so that a stranger cannot use all of them up;
/// shorter than the life of a link, so that one is always open.
const RESET_GAP_LATER: Duration = Duration::minutes(15);

impl Service {
    /// Whether an address may get one more email of this purpose now, by `requested_by` if it is sent by
    /// somebody; a refusal is on record once committed.
    pub(crate) async fn may_send(
        &self,
        txn: &Transaction,
        operation: &Operation,
        purpose: Purpose,
        email: &str,
        requested_by: Option<UserId>,
    ) -> Result<bool, Error> {
        let most = match purpose {
            Purpose::ChangeEmail => MAX_CHANGE_EMAILS,
            _ => MAX_EMAILS,
        };
        let now = self.env.now();
        let since = now - Duration::hours(1);
        let folded = email_address::key(email);
        let sent = store::count_since(txn, purpose, &folded, requested_by, since, now).await?;
        if sent < most {
            return Ok(true);
        }
        self.note_unsent(txn, operation).await?;
        Ok(false)
    }

    /// Whether an address may get one more password reset link now. Whoever requests many never
    /// keeps the owner from one for longer than some minutes, in which the last one still counts.
    pub(crate) async fn may_send_reset(
        &self,
        txn: &Transaction,
        operation: &Operation,
        email: &str,
    ) -> Result<bool, Error> {
        let now = self.env.now();
        let purpose = Purpose::ResetPassword;
        let folded = email_address::key(email);
        let since = now - Duration::hours(1);
        let sent = store::count_since(txn, purpose, &folded, None, since, now).await?;
        let gap = match sent < MAX_EMAILS {
            true => RESET_GAP,
            false => RESET_GAP_LATER,
        };
        let open = store::lock_unused(txn, &[purpose], &folded).await?;
        let lately = |token: &OneTimeToken| {
            token.expires_at > now && lately::is_within(token.created_at, gap, now)
        };
        if !open.iter().any(lately) {
            return Ok(true);
        }
        self.note_unsent(txn, operation).await?;
        Ok(false)
    }

    async fn note_unsent(&self, txn: &Transaction, operation: &Operation) -> Result<(), Error> {
        let entry = AuditAction::EmailRefused.about(None, json!({}));
        self.audit.record(txn, operation, entry).await
    }
}
