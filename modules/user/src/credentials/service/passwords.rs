//! Changing a password, and checking the present one.

use contracts::user::UserPasswordChanged;
use database::Transaction;
use kernel::{Caller, ExposeSecret, FieldFault, Operation, SecretString, SessionId};
use serde_json::json;

use super::super::breached::refuse_breached;
use super::super::policy::{self, compose};
use super::super::request::ChangePassword;
use super::super::throttle::lanes_of_session;
use super::super::view::PasswordSet;
use super::Service;
use crate::audit::AuditAction;
use crate::domain::{MODULE, UserRecord};
use crate::error::Error;
use crate::revocation::{AccountEvent, Bounds, Revoked};
use crate::{authenticators, identities, users};

impl Service {
    /// The user knows the old password; every other session of theirs ends, and every API token
    /// unless they keep them.
    pub(crate) async fn change_password(
        &self,
        operation: &Operation,
        caller: &Caller,
        change: ChangePassword,
    ) -> Result<PasswordSet, Error> {
        let (current, new) = (&change.current_password, &change.new_password);
        let account = users::get(self.database.read(), caller.user_id).await?;
        if authenticators::is_confirmed(self.database.read(), account.id).await? {
            self.sessions.require_recent(caller).await?;
        }
        let _turn = self.turns.take(format!("password {}", account.id)).await;
        let stored = self
            .check_password(operation, &account, caller.session_id, current)
            .await?;
        if compose(current).expose_secret() == compose(new).expose_secret() {
            return Err(same_password());
        }
        let hash = self.hash_new(&account, "/new_password", new).await?;
        let txn = self.database.begin().await?;
        let current = users::get_for_change(&txn, account.id).await?;
        // Another change may have come first, and then this is not the password any more.
        if is_replaced(&txn, &account, &current, stored.as_deref()).await? {
            return Err(Error::WrongPassword);
        }
        let mut account = current;
        let event = match change.keep_api_tokens {
            true => AccountEvent::PasswordChangedKeepingTokens,
            false => AccountEvent::PasswordChanged,
        };
        // This session goes on, with tokens that are newer than the change.
        let bounds = Bounds {
            session: Some(caller.session_id),
            since: None,
        };
        let (ended, set) = self
            .replace(&txn, operation, &mut account, &hash, event, bounds)
            .await?;
        let entry = AuditAction::PasswordChanged.about(account.id, json!({ "ended": ended }));
        self.audit.record(&txn, operation, entry).await?;
        txn.commit().await?;
        self.sessions.forget_all();
        Ok(set)
    }

    pub(super) async fn replace(
        &self,
        txn: &Transaction,
        operation: &Operation,
        account: &mut UserRecord,
        hash: &str,
        event: AccountEvent,
        bounds: Bounds,
    ) -> Result<(Revoked, PasswordSet), Error> {
        account.reset_required = false;
        let ended = self
            .revocation
            .revoke_within(txn, operation, account, event, bounds)
            .await?;
        users::set_password(txn, account.id, hash).await?;
        let set = PasswordSet {
            sessions_ended: ended.sessions as u64,
            api_tokens_ended: ended.api_tokens,
            api_tokens_kept: self.sessions.count_api_tokens(txn, account.id).await?,
            identities_ended: ended.identities,
            identities_kept: identities::count_of(txn, account.id).await?,
            second_factor_ended: ended.second_factor,
            invitations_ended: ended.invitations,
        };
        let event = UserPasswordChanged {
            user_id: account.id,
            reset: bounds.session.is_none(),
            sessions_ended: Some(set.sessions_ended),
            api_tokens_ended: set.api_tokens_ended,
            api_tokens_kept: set.api_tokens_kept,
            identities_ended: set.identities_ended,
            identities_kept: set.identities_kept,
            second_factor_ended: set.second_factor_ended,
        };
        bus::append(txn, &self.env, operation, MODULE, &event).await?;
        Ok((ended, set))
    }

    /// The hash of a new password of `user` that obeys the rules.
    pub(crate) async fn hash_new(
        &self,
        account: &UserRecord,
        pointer: &str,
        password: &SecretString,
    ) -> Result<String, Error> {
        let own = account.own_words();
        let password = self.check_new(pointer, password, own).await?;
        self.hash_checked(pointer, password).await
    }

    /// A new password in normal form, unless it is easy to guess for who knows the words `own`.
    pub(crate) async fn check_new(
        &self,
        pointer: &str,
        password: &SecretString,
        own: [&str; 3],
    ) -> Result<SecretString, Error> {
        policy::check(&self.hasher, pointer, password, own).await
    }

    /// The hash of a password that was found hard to guess, unless attackers know it.
    pub(crate) async fn hash_checked(
        &self,
        pointer: &str,
        password: SecretString,
    ) -> Result<String, Error> {
        refuse_breached(self.breached.as_deref(), pointer, &password).await?;
        self.hasher.hash(password).await
    }

    /// Whether this is the password of a user who is logged in, slowed down in the lane of their
    /// session; gives what is stored of it.
    pub(crate) async fn check_password(
        &self,
        operation: &Operation,
        account: &UserRecord,
        session: SessionId,
        password: &SecretString,
    ) -> Result<Option<String>, Error> {
        let lanes = lanes_of_session(account.id, session);
        let stored = users::password_hash(self.database.read(), account.id).await?;
        let password = compose(password);
        let (checked, attempt) = self.try_password(lanes, password, stored.clone()).await?;
        let txn = self.database.begin().await?;
        if checked.right {
            self.clear(&txn, &attempt).await?;
            txn.commit().await?;
            return Ok(stored);
        }
        let entry = AuditAction::PasswordWrong.about(account.id, json!({}));
        self.audit.record(&txn, operation, entry).await?;
        txn.commit().await?;
        Err(Error::WrongPassword)
    }
}

pub(super) fn same_password() -> Error {
    let message = "is your current password; choose another one";
    Error::Invalid(vec![FieldFault::new(
        "/new_password",
        "password_unchanged",
        message,
    )])
}

/// Whether a user has another password than the one that was `seen` with `before`. A hash that
/// was only made anew, with today's parameters, leaves their rights as they were.
pub(crate) async fn is_replaced(
    txn: &Transaction,
    before: &UserRecord,
    current: &UserRecord,
    seen: Option<&str>,
) -> Result<bool, Error> {
    if before.rights_changed_at == current.rights_changed_at {
        return Ok(false);
    }
    let stored = users::password_hash(txn, current.id).await?;
    Ok(stored.as_deref() != seen)
}
