//! The second step of a login, and showing once more who one is.

use chrono::Duration;
use kernel::{Caller, Operation, SecretString};
use serde_json::json;

use super::super::request::AnswerChallenge;
use super::super::store;
use super::{Again, Service};
use crate::audit::AuditAction;
use crate::credentials::{lanes_of_code, lanes_of_session};
use crate::domain::Way;
use crate::error::Error;
use crate::sessions::{Device, Known, TokenPair};
use crate::{authenticators, schema, users};

impl Service {
    /// Ends a login whose second factor is owed and returns its tokens, or else shows once more who
    /// the caller is.
    pub(crate) async fn show_factor(
        &self,
        operation: &Operation,
        caller: Option<&Caller>,
        body: AnswerChallenge,
        ip_address: String,
    ) -> Result<Option<TokenPair>, Error> {
        let again = match (body.code, body.password) {
            (Some(code), None) => Again::Code(code),
            (None, Some(password)) => Again::Password(password),
            _ => return Err(Error::Invalid(schema::one_of("code", "password"))),
        };
        match (body.mfa_token.as_ref(), caller, again) {
            (Some(token), _, Again::Code(code)) => {
                let tokens = self.answer_challenge(operation, token, &code, ip_address);
                Ok(Some(tokens.await?))
            }
            (Some(_), _, Again::Password(_)) => Err(Error::CodeNeeded),
            (None, Some(caller), again) => {
                self.step_up(operation, caller, again).await?;
                Ok(None)
            }
            (None, None, _) => Err(Error::ChallengeRefused),
        }
    }

    /// The second step of a login.
    pub(crate) async fn answer_challenge(
        &self,
        operation: &Operation,
        mfa_token: &SecretString,
        code: &SecretString,
        ip_address: String,
    ) -> Result<TokenPair, Error> {
        let now = self.env.now();
        let claims = self.sessions.open_challenge(mfa_token)?;
        // Neither costs its owner an attempt nor reveals whether a code is right.
        if store::is_used(self.database.read(), &claims.jti).await? {
            return Err(Error::ChallengeRefused);
        }
        let mut origin = self
            .sessions
            .origin(Some(claims.sub), None, &ip_address)
            .await?;
        if let Some(device) = claims.known_device {
            origin.known = Known::Device(device);
        }
        let lanes = lanes_of_code(claims.sub, &origin);
        let attempt = self
            .credentials
            .count_attempt(Way::SecondFactor, lanes)
            .await?;
        let operation = operation.by(claims.sub);
        let txn = self.database.begin().await?;
        let account = users::find_for_change(&txn, claims.sub).await?;
        let account = self.sessions.may_issue(Way::SecondFactor, account)?;
        // A password that was changed meanwhile is not the one that this token stands for; a clock
        // in seconds would not show it.
        if claims.rights != account.rights_changed_at.timestamp_micros() {
            return Err(Error::ChallengeRefused);
        }
        if !self
            .authenticators
            .is_second_factor(&txn, &operation, &account, code)
            .await?
        {
            return Err(self.refuse_code(txn, &operation, account.id).await?);
        }
        let expires_at = now + Duration::seconds(claims.exp - now.timestamp());
        if !store::redeem(&txn, &claims.jti, expires_at).await? {
            return Err(Error::ChallengeRefused);
        }
        self.credentials.clear(&txn, &attempt).await?;
        let device = Device {
            name: claims.device,
            ip_address,
            known: claims.known_device,
        };
        let (tokens, ended) = self
            .sessions
            .open(&txn, &operation, &account, device, "")
            .await?;
        let detail = json!({ "way": "second_factor", "session": tokens.session_id });
        let entry = AuditAction::LoginSucceeded.about(account.id, detail);
        self.audit.record(&txn, &operation, entry).await?;
        txn.commit().await?;
        self.sessions.forget(&ended);
        Ok(tokens)
    }

    /// The user shows once more who they are, before a sensitive change. Who has a second factor
    /// shows that one.
    pub(crate) async fn step_up(
        &self,
        operation: &Operation,
        caller: &Caller,
        again: Again,
    ) -> Result<(), Error> {
        let account = users::get(self.database.read(), caller.user_id).await?;
        let enrolled = authenticators::is_confirmed(self.database.read(), account.id).await?;
        let txn = match again {
            Again::Password(_) if enrolled => return Err(Error::CodeNeeded),
            Again::Password(password) => {
                let session = caller.session_id;
                self.credentials
                    .check_password(operation, &account, session, &password)
                    .await?;
                let txn = self.database.begin().await?;
                users::owner_of(&txn, Some(account.id)).await?;
                txn
            }
            Again::Code(code) => {
                let lanes = lanes_of_session(account.id, caller.session_id);
                let attempt = self
                    .credentials
                    .count_attempt(Way::SecondFactor, lanes)
                    .await?;
                let txn = self.database.begin().await?;
                users::owner_of(&txn, Some(account.id)).await?;
                if !self
                    .authenticators
                    .is_second_factor(&txn, operation, &account, &code)
                    .await?
                {
                    return Err(self.refuse_code(txn, operation, account.id).await?);
                }
                self.credentials.clear(&txn, &attempt).await?;
                txn
            }
        };
        self.sessions.note_step_up(&txn, caller.session_id).await?;
        let entry = AuditAction::SessionSteppedUp.about(account.id, json!({}));
        self.audit.record(&txn, operation, entry).await?;
        Ok(txn.commit().await?)
    }
}
