//! From a name and a password to tokens, or to the second factor that is still owed.

use kernel::{Operation, UserId};
use serde_json::json;

use super::super::policy::compose;
use super::super::request::LogIn;
use super::super::throttle;
use super::Service;
use super::attempts::Attempt;
use super::passwords::is_replaced;
use crate::audit::AuditAction;
use crate::domain::{Way, email_address};
use crate::error::Error;
use crate::sessions::{Client, Device, LoginAnswer};
use crate::users;

impl Service {
    pub(crate) async fn log_in(
        &self,
        operation: &Operation,
        body: LogIn,
        client: Client,
    ) -> Result<LoginAnswer, Error> {
        // One key for every spelling of an address, so that none opens a count of its own.
        let folded = email_address::key(&body.login);
        let found = users::find_login(self.database.read(), &folded).await?;
        let (account, stored) = found.unzip();
        let seen = stored.clone();
        let known = account.as_ref().map(|account| account.id);
        let origin = self
            .sessions
            .origin(known, body.device_token.as_ref(), &client.ip_address)
            .await?;
        let lanes = throttle::lanes_of_password(known, &folded, &origin);
        let password = compose(&body.password);
        let (checked, attempt) = self.try_password(lanes, password.clone(), stored).await?;
        if !checked.right {
            self.note_failure(operation, known).await?;
            return Err(Error::WrongCredentials);
        }
        let account = match self.sessions.may_issue(Way::Password, account) {
            Ok(account) => account,
            Err(refusal) => {
                self.note_refused_login(operation, known, &attempt).await?;
                return Err(refusal);
            }
        };
        // A busy lane is no reason to turn away who is right; the next login hashes anew.
        let renewed = match checked.outdated {
            true => self.hasher.hash(password).await.ok(),
            false => None,
        };
        let operation = operation.by(account.id);
        let txn = self.database.begin().await?;
        // Changes made while the password was verified apply: a disabled account stays out, and
        // a password that was replaced opens nothing.
        let current = users::find_for_change(&txn, account.id).await?;
        let current = self.sessions.may_issue(Way::Password, current)?;
        if is_replaced(&txn, &account, &current, seen.as_deref()).await? {
            return Err(Error::WrongCredentials);
        }
        let account = current;
        if let Some(renewed) = renewed {
            users::set_password(&txn, account.id, &renewed).await?;
        }
        let device = Device {
            name: body.device.unwrap_or(client.agent),
            ip_address: client.ip_address,
            known: origin.device(),
        };
        let sessions = &self.sessions;
        let (answer, ended) = sessions.enter(&txn, &operation, &account, device).await?;
        let entry = match &answer {
            LoginAnswer::Challenge(_) => {
                self.take_back(&txn, &attempt).await?;
                AuditAction::LoginChallenged.about(account.id, json!({ "way": "password" }))
            }
            LoginAnswer::Tokens(tokens) => {
                self.clear(&txn, &attempt).await?;
                let detail = json!({ "way": "password", "session": tokens.session_id });
                AuditAction::LoginSucceeded.about(account.id, detail)
            }
        };
        self.audit.record(&txn, &operation, entry).await?;
        txn.commit().await?;
        self.sessions.forget(&ended);
        Ok(answer)
    }

    /// The password was right, and the account may not be entered: no failure, but on record.
    async fn note_refused_login(
        &self,
        operation: &Operation,
        known: Option<UserId>,
        attempt: &Attempt,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        self.take_back(&txn, attempt).await?;
        let entry = AuditAction::LoginRefused.about(known, json!({ "way": "password" }));
        self.audit.record(&txn, operation, entry).await?;
        Ok(txn.commit().await?)
    }

    /// Known accounts and unknown ones cost the same.
    async fn note_failure(
        &self,
        operation: &Operation,
        known: Option<UserId>,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        let entry = AuditAction::LoginFailed.about(known, json!({ "way": "password" }));
        self.audit.record(&txn, operation, entry).await?;
        Ok(txn.commit().await?)
    }
}
