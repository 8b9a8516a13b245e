//! Changing, forgetting and resetting a password.

use contracts::user::{UserPasswordChanged, UserPasswordResetRequested};
use database::Transaction;
use kernel::{ExposeSecret, FieldFault, Operation, SecretString, SessionId, UserId, text};
use rest::Caller;
use serde_json::json;

use super::proofs::{EVENLY, NewProof};
use super::{Service, passwords};
use crate::Error;
use crate::purpose::Purpose;
use crate::store;
use crate::store::people::Person;

impl Service {
    /// The person knows the old password; every other session of theirs ends.
    pub(crate) async fn change_password(
        &self,
        operation: &Operation,
        caller: &Caller,
        current: &SecretString,
        new: &SecretString,
    ) -> Result<(), Error> {
        let person = self.person(caller.user_id).await?;
        if store::totp::is_confirmed(self.database.read(), person.id).await? {
            self.require_recent(caller).await?;
        }
        let stored = self.check_password(operation, &person, current).await?;
        if passwords::compose(current).expose_secret() == passwords::compose(new).expose_secret() {
            return Err(same_password());
        }
        let hash = self.hash_new(&person, "/new_password", new).await?;
        let txn = self.database.begin().await?;
        let current = store::people::find_for_change(&*txn, person.id).await?;
        let current = current.ok_or(Error::NoAccount)?;
        // Another change may have come first, and then this is not the password any more.
        if is_replaced(&txn, &person, &current, stored.as_deref()).await? {
            return Err(Error::WrongPassword);
        }
        let mut person = current;
        let spared = Some(caller.session_id);
        let ended = self
            .replace_password(&txn, operation, &mut person, &hash, spared)
            .await?;
        self.audit(
            &txn,
            operation,
            "password.changed",
            Some(person.id),
            json!({}),
        )
        .await?;
        txn.commit().await?;
        self.forget_standings(&ended);
        // This session goes on, with tokens that are newer than the change.
        self.forget_standings(&[caller.session_id]);
        Ok(())
    }

    /// Writes a letter with a link, when there is such an account; the caller cannot tell.
    pub(crate) async fn forgot_password(
        &self,
        operation: &Operation,
        email: &str,
    ) -> Result<(), Error> {
        let evenly = tokio::time::sleep(EVENLY);
        let email = text::clean(email);
        let txn = self.database.begin().await?;
        let person = store::people::find_by_email_for_change(&*txn, &email).await?;
        let may = |person: &Person| {
            !person.disabled && person.frozen_at.is_none() && person.erased_at.is_none()
        };
        let person = person.filter(may);
        let known = person.as_ref().map(|person| person.id);
        if let Some(person) = person
            && self
                .may_write_to(&txn, operation, Purpose::ResetPassword, &email)
                .await?
        {
            self.ask_to_reset(&txn, operation, &person, false).await?;
        }
        self.audit(&txn, operation, "password.forgotten", known, json!({}))
            .await?;
        txn.commit().await?;
        evenly.await;
        Ok(())
    }

    /// An administrator wants the person to set a new password: nothing else that let somebody in
    /// counts any longer.
    pub(crate) async fn start_reset(
        &self,
        operation: &Operation,
        caller: &Caller,
        user: UserId,
    ) -> Result<(), Error> {
        self.require_recent(caller).await?;
        let txn = self.database.begin().await?;
        let person = store::people::find_for_change(&*txn, user).await?;
        let mut person = person.ok_or(Error::NoAccount)?;
        if person.frozen_at.is_some() {
            return Err(Error::BeingErased);
        }
        person.reset_required = true;
        self.touch(&mut person);
        store::people::update(&*txn, &person).await?;
        store::api_tokens::delete_since(&*txn, user, person.created_at).await?;
        store::identities::delete_since(&*txn, user, person.created_at).await?;
        let kept = [Purpose::UndoEmail, Purpose::KeepAccount];
        store::proofs::end_all_of(&*txn, user, &kept, self.ambient.now()).await?;
        let ended = self.revoke_sessions(&txn, operation, user, None).await?;
        self.ask_to_reset(&txn, operation, &person, true).await?;
        self.audit(
            &txn,
            operation,
            "password.reset_started",
            Some(user),
            json!({}),
        )
        .await?;
        txn.commit().await?;
        self.forget_standings(&ended);
        Ok(())
    }

    pub(crate) async fn ask_to_reset(
        &self,
        txn: &Transaction,
        operation: &Operation,
        person: &Person,
        required: bool,
    ) -> Result<(), Error> {
        let proof = NewProof {
            asked_by: None,
            purpose: Purpose::ResetPassword,
            user: Some(person.id),
            email: person.email.clone(),
            data: None,
        };
        let event = UserPasswordResetRequested {
            user_id: person.id,
            proof_id: self.issue_proof(txn, proof).await?,
            required,
        };
        Ok(bus::append(&**txn, &self.ambient, operation, crate::NAME, &event).await?)
    }

    /// The link shows who the person is, once; every session of theirs ends. It logs nobody in, so
    /// that the second factor is still asked for.
    pub(crate) async fn reset_password(
        &self,
        operation: &Operation,
        token: &SecretString,
        new: &SecretString,
    ) -> Result<(), Error> {
        let purposes = [Purpose::ResetPassword];
        let txn = self.database.begin().await?;
        let proof = self.open_proof(&txn, token, &purposes).await?;
        let person = self.owner_of(&txn, proof.user_id).await?;
        let stored = store::people::password_hash(&*txn, person.id).await?;
        txn.rollback().await?;
        // Somebody else may know the one that was taken away.
        if person.reset_required && self.is_password(stored, new).await? {
            return Err(same_password());
        }
        let hash = self.hash_new(&person, "/new_password", new).await?;
        let txn = self.database.begin().await?;
        self.redeem_proof(&txn, token, &purposes).await?;
        let mut person = self.owner_of(&txn, proof.user_id).await?;
        let operation = operation.by(person.id);
        // The link came by that address, so it is shown to be theirs.
        if text::fold(&person.email) == proof.email {
            person.email_verified_at = person.email_verified_at.or(Some(self.ambient.now()));
        }
        let ended = self
            .replace_password(&txn, &operation, &mut person, &hash, None)
            .await?;
        let key = super::throttle::account_key(Some(person.id), "");
        store::delays::delete(&*txn, &key).await?;
        self.audit(
            &txn,
            &operation,
            "password.reset",
            Some(person.id),
            json!({}),
        )
        .await?;
        txn.commit().await?;
        self.forget_standings(&ended);
        Ok(())
    }

    async fn replace_password(
        &self,
        txn: &Transaction,
        operation: &Operation,
        person: &mut Person,
        hash: &str,
        spared: Option<SessionId>,
    ) -> Result<Vec<SessionId>, Error> {
        person.reset_required = false;
        self.touch(person);
        store::people::update(&**txn, person).await?;
        store::people::set_password(&**txn, person.id, hash).await?;
        let kept = [Purpose::UndoEmail, Purpose::KeepAccount];
        store::proofs::end_all_of(&**txn, person.id, &kept, self.ambient.now()).await?;
        let ended = self
            .revoke_sessions(txn, operation, person.id, spared)
            .await?;
        let event = UserPasswordChanged { user_id: person.id };
        bus::append(&**txn, &self.ambient, operation, crate::NAME, &event).await?;
        Ok(ended)
    }

    /// The hash of a new password that obeys the rules.
    pub(crate) async fn hash_new(
        &self,
        person: &Person,
        pointer: &str,
        password: &SecretString,
    ) -> Result<String, Error> {
        let own = [
            person.username.as_str(),
            person.email.as_str(),
            person.display_name.as_str(),
            "gopro",
        ];
        let password = passwords::check(pointer, password, &own)
            .map_err(|fault| Error::Invalid(vec![fault]))?;
        self.refuse_breached(pointer, &password).await?;
        self.lane.hash(password).await
    }

    async fn is_password(
        &self,
        stored: Option<String>,
        password: &SecretString,
    ) -> Result<bool, Error> {
        let Some(stored) = stored else {
            return Ok(false);
        };
        let checked = self.lane.verify(passwords::compose(password), Some(stored));
        Ok(checked.await?.right)
    }

    /// Whether this is the person's password, slowed down like a login; gives what is stored of it.
    pub(crate) async fn check_password(
        &self,
        operation: &Operation,
        person: &Person,
        password: &SecretString,
    ) -> Result<Option<String>, Error> {
        let key = super::throttle::account_key(Some(person.id), "");
        let stored = store::people::password_hash(self.database.read(), person.id).await?;
        let password = passwords::compose(password);
        let checked = self.try_password(&key, password, stored.clone()).await?;
        if checked.right {
            self.forgive_attempt(&key).await?;
            return Ok(stored);
        }
        let txn = self.database.begin().await?;
        let detail = json!({});
        self.audit(&txn, operation, "password.wrong", Some(person.id), detail)
            .await?;
        txn.commit().await?;
        Err(Error::WrongPassword)
    }
}

fn same_password() -> Error {
    let message = "is the password that you have already; choose another";
    Error::Invalid(vec![FieldFault::new(
        "/new_password",
        "password_unchanged",
        message,
    )])
}

/// Whether a person has another password than the one that was `seen` with `before`. A hash that
/// was only made anew, with today's parameters, leaves their rights as they were.
pub(crate) async fn is_replaced(
    txn: &Transaction,
    before: &Person,
    current: &Person,
    seen: Option<&str>,
) -> Result<bool, Error> {
    if before.rights_changed_at == current.rights_changed_at {
        return Ok(false);
    }
    let stored = store::people::password_hash(&**txn, current.id).await?;
    Ok(stored.as_deref() != seen)
}
