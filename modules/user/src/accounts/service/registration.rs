//! How strangers become users, as the platform's mode says.

use contracts::user::{UserEmailVerificationRequested, UserRegistrationRepeated};
use database::{Transaction, idempotency};
use kernel::{Operation, Role, SecretString};
use serde_json::json;

use super::super::new_account::NewAccount;
use super::super::registered::{Registered, Waiting};
use super::super::request::Register;
use super::super::view::Account;
use super::Service;
use crate::audit::AuditAction;
use crate::domain::{
    Invitation, MODULE, Purpose, RegistrationMode, UserRecord, email_address, from_json, may_invite,
};
use crate::error::Error;
use crate::one_time_tokens::{self, NewToken, OneTimeToken};
use crate::users;

impl Service {
    pub(crate) async fn register(
        &self,
        operation: &Operation,
        wanted: Register,
    ) -> Result<Registered, Error> {
        let invitation = wanted.invitation.clone();
        match (self.mode, &invitation) {
            (RegistrationMode::Closed, _) => return Err(Error::RegistrationClosed),
            (RegistrationMode::Invite, None) => return Err(Error::InvitationNeeded),
            _ => {}
        }
        // Repeated at once, a request must not fill the lane of hashes with the same password.
        let _turn = self.turns.take_key(operation).await;
        let now = self.env.now();
        let earlier = idempotency::peek(self.database.read(), now, operation).await?;
        if let Some(first) = earlier {
            return Ok(Registered::of(first));
        }
        let account = NewAccount {
            id: None,
            username: wanted.username,
            email: wanted.email,
            password: wanted.password,
            display_name: wanted.display_name,
            locale: wanted.locale,
            time_zone: wanted.time_zone,
            roles: vec![Role::Student].into(),
        };
        let (account, password_hash) = self.prepare(account).await?;
        let txn = self.database.begin().await?;
        if let Some(first) = idempotency::replay(&txn, self.env.now(), operation).await? {
            return Ok(Registered::of(first));
        }
        let account = match invitation {
            Some(token) => Some(
                self.accept_invitation(&txn, operation, &token, account, &password_hash)
                    .await?,
            ),
            None if self.mode == RegistrationMode::Verified => {
                self.queue_registration_email(&txn, operation, &account, password_hash)
                    .await?;
                None
            }
            None => {
                self.insert(&txn, operation, &account, &password_hash)
                    .await?;
                self.queue_verification_email(&txn, operation, &account)
                    .await?;
                Some(Account::of(&account))
            }
        };
        let kept = idempotency::keep(&txn, operation, account).await?;
        txn.commit().await?;
        Ok(Registered::of(kept))
    }

    async fn accept_invitation(
        &self,
        txn: &Transaction,
        operation: &Operation,
        secret: &SecretString,
        mut account: UserRecord,
        password_hash: &str,
    ) -> Result<Account, Error> {
        let token = self.tokens.redeem(txn, secret, &[Purpose::Invite]).await?;
        let invitation = from_json::<Invitation>(token.data.as_deref())?;
        // Whoever passes the link on gives nobody else an account.
        if email_address::key(&account.email) != token.email {
            return Err(Error::InvitedOther);
        }
        if !self.still_invites(txn, &invitation).await? {
            return Err(Error::OneTimeTokenRefused);
        }
        account.roles = invitation.roles;
        // The link came by that address, so it is shown to be theirs.
        account.email_verified_at = Some(self.env.now());
        account.owner_shown_at = account.email_verified_at;
        self.insert(txn, operation, &account, password_hash).await?;
        let detail = json!({ "invitation": token.id, "invited_by": invitation.invited_by });
        let entry = AuditAction::InvitationAccepted.about(account.id, detail);
        self.audit.record(txn, operation, entry).await?;
        Ok(Account::of(&account))
    }

    /// Whether the sender of an invitation may still invite; otherwise an invitation that is sent
    /// while its sender is being disabled would stay valid.
    async fn still_invites(
        &self,
        txn: &Transaction,
        invitation: &Invitation,
    ) -> Result<bool, Error> {
        let sender = users::find(txn, invitation.invited_by).await?;
        let may =
            |sender: UserRecord| sender.is_active() && may_invite(&sender.roles, &invitation.roles);
        Ok(sender.is_some_and(may))
    }

    /// Writes to the address whatever is true of it; the caller cannot distinguish the cases.
    async fn queue_registration_email(
        &self,
        txn: &Transaction,
        operation: &Operation,
        account: &UserRecord,
        password_hash: String,
    ) -> Result<(), Error> {
        if users::is_username_taken(txn, &account.username).await? {
            return Err(Error::Taken("username"));
        }
        let known = users::find_by_email(txn, &account.email).await?;
        let mail = match known {
            Some(_) => Purpose::RegisterAgain,
            None => Purpose::Register,
        };
        let sent = self
            .tokens
            .may_send(txn, operation, mail, &account.email, None);
        // A registration without an email still shows that several want this address.
        let purpose = match (sent.await?, &known) {
            (true, _) => mail,
            (false, None) => Purpose::RegisterUnsent,
            (false, Some(_)) => return Ok(()),
        };
        let waiting = Waiting {
            username: account.username.clone(),
            email: account.email.clone(),
            display_name: account.display_name.clone(),
            locale: account.locale.clone(),
            time_zone: account.time_zone.clone(),
            password_hash,
        };
        let token = NewToken::to_email(purpose, &account.email);
        let token = match &known {
            Some(known) => token.of(Some(known.id)),
            None => token.with(&waiting)?,
        };
        let token_id = self.tokens.issue(txn, token).await?;
        if known.is_some() {
            let event = UserRegistrationRepeated { token_id };
            bus::append(txn, &self.env, operation, MODULE, &event).await?;
        } else if purpose == Purpose::Register {
            let event = UserEmailVerificationRequested { token_id };
            bus::append(txn, &self.env, operation, MODULE, &event).await?;
        }
        let detail = json!({ "waits_for": "email" });
        let subject = known.map(|known| known.id);
        let entry = AuditAction::AccountRequested.about(subject, detail);
        self.audit.record(txn, operation, entry).await
    }

    /// Sends the email that verifies an account's address.
    pub(crate) async fn queue_verification_email(
        &self,
        txn: &Transaction,
        operation: &Operation,
        account: &UserRecord,
    ) -> Result<(), Error> {
        let token = NewToken::to_user(Purpose::VerifyEmail, account);
        let token_id = self.tokens.issue(txn, token).await?;
        let event = UserEmailVerificationRequested { token_id };
        bus::append(txn, &self.env, operation, MODULE, &event).await?;
        Ok(())
    }

    /// The account that waited for its address comes into being.
    pub(crate) async fn finish_registration(
        &self,
        txn: &Transaction,
        operation: &Operation,
        token: &OneTimeToken,
    ) -> Result<UserRecord, Error> {
        let waiting: Waiting = from_json(token.data.as_deref())?;
        let now = self.env.now();
        let waiting_too = one_time_tokens::lock_unused(txn, &Purpose::REGISTERING, &token.email);
        let contested = waiting_too
            .await?
            .iter()
            .any(|other| other.data != token.data && other.expires_at > now);
        let account = UserRecord {
            display_name: waiting.display_name,
            email_verified_at: Some(now),
            // Somebody else registered too, and who reads the email cannot know whose link this was.
            reset_required: contested,
            locale: waiting.locale,
            time_zone: waiting.time_zone,
            ..UserRecord::new(self.env.id(), waiting.username, waiting.email, now)
        };
        let made = self.insert(txn, operation, &account, &waiting.password_hash);
        made.await.map_err(|error| match error {
            Error::Taken(field) => Error::TakenMeanwhile(field),
            other => other,
        })?;
        if contested {
            self.credentials
                .queue_reset_email(txn, operation, &account, true)
                .await?;
        }
        // Whoever else has registered with this address gets no account.
        for purpose in Purpose::REGISTERING {
            one_time_tokens::supersede(txn, purpose, None, None, &token.email, now).await?;
        }
        Ok(account)
    }
}
