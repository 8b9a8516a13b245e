//! Verifying and changing e-mail addresses.

use contracts::user::{
    UserEmailChangeRequested, UserEmailChanged, UserEmailVerified, UserRegistrationRepeated,
    UserUpdated,
};
use database::Transaction;
use kernel::{FieldFault, Operation, SecretString, UserId, text};
use rest::Caller;
use serde_json::json;

use super::proofs::{EVENLY, NewProof};
use super::{Service, accounts};
use crate::Error;
use crate::purpose::Purpose;
use crate::store;
use crate::store::people::Person;
use crate::store::proofs::Proof;
use crate::view::Account;

const VERIFYING: [Purpose; 4] = [
    Purpose::VerifyEmail,
    Purpose::Register,
    Purpose::ChangeEmail,
    Purpose::UndoEmail,
];

const CHANGE_REQUESTED: &str = "email.change_requested";
/// Addresses to which one person can have letters of a change sent within an hour.
const MOST_CHANGES: u64 = 5;

impl Service {
    /// The link of a letter shows that an address is its reader's.
    pub(crate) async fn verify_email(
        &self,
        operation: &Operation,
        token: &SecretString,
    ) -> Result<Account, Error> {
        let txn = self.database.begin().await?;
        let proof = self.redeem_proof(&txn, token, &VERIFYING).await?;
        let operation = Operation {
            actor: proof.user_id,
            ..operation.clone()
        };
        let person = match proof.purpose {
            Purpose::Register => self.finish_registration(&txn, &operation, &proof).await?,
            Purpose::ChangeEmail => self.move_address(&txn, &operation, &proof).await?,
            Purpose::UndoEmail => self.move_address_back(&txn, &operation, &proof).await?,
            _ => self.mark_verified(&txn, &proof).await?,
        };
        let event = UserEmailVerified { user_id: person.id };
        bus::append(&*txn, &self.ambient, &operation, crate::NAME, &event).await?;
        let detail = json!({ "purpose": proof.purpose });
        self.audit(&txn, &operation, "email.verified", Some(person.id), detail)
            .await?;
        txn.commit().await?;
        self.standings.invalidate_all();
        Ok(Account::of(&person))
    }

    /// Sends the letter of a registration or of an unverified account again; the caller cannot tell
    /// whether there is one.
    pub(crate) async fn resend_verification(
        &self,
        operation: &Operation,
        email: &str,
    ) -> Result<(), Error> {
        let evenly = tokio::time::sleep(EVENLY);
        let email = text::clean(email);
        let txn = self.database.begin().await?;
        match store::people::find_by_email_for_change(&*txn, &email).await? {
            Some(person) if person.email_verified_at.is_some() => {}
            Some(person) => {
                let purpose = Purpose::VerifyEmail;
                if self.may_write_to(&txn, operation, purpose, &email).await? {
                    self.ask_to_verify(&txn, operation, &person).await?;
                }
            }
            None => self.ask_again(&txn, operation, &email).await?,
        }
        txn.commit().await?;
        evenly.await;
        Ok(())
    }

    /// Sends the letter of a registration again. Where several wait for one address, the owner
    /// must not be led to one of somebody else's, so the letters of each stay the only ones.
    async fn ask_again(
        &self,
        txn: &Transaction,
        operation: &Operation,
        email: &str,
    ) -> Result<(), Error> {
        let purpose = Purpose::Register;
        let waiting = store::proofs::lock_unused(&**txn, purpose, &text::fold(email)).await?;
        let Some(newest) = waiting.first() else {
            return Ok(());
        };
        let is_one = waiting.iter().all(|other| other.data == newest.data);
        if !is_one || !self.may_write_to(txn, operation, purpose, email).await? {
            return Ok(());
        }
        let proof = NewProof {
            asked_by: None,
            purpose,
            user: None,
            email: newest.email.clone(),
            data: newest.data.clone(),
        };
        let event = contracts::user::UserEmailVerificationRequested {
            proof_id: self.issue_proof(txn, proof).await?,
        };
        Ok(bus::append(&**txn, &self.ambient, operation, crate::NAME, &event).await?)
    }

    /// Asks at the new address whether it is theirs; nothing changes until then, and whether the
    /// address has an account is not told.
    pub(crate) async fn ask_to_change_email(
        &self,
        operation: &Operation,
        caller: &Caller,
        email: &str,
    ) -> Result<(), Error> {
        self.require_recent(caller).await?;
        let email = text::clean(email);
        accounts::refuse(accounts::check_email(&email).into_iter().collect())?;
        let txn = self.database.begin().await?;
        let person = self.owner_of(&txn, Some(caller.user_id)).await?;
        if text::fold(&person.email) == text::fold(&email) {
            let message = "is the address that your account has already; give another";
            return Err(Error::Invalid(vec![FieldFault::new(
                "/email",
                "unchanged",
                message,
            )]));
        }
        self.refuse_many(&txn, person.id, CHANGE_REQUESTED, MOST_CHANGES)
            .await?;
        let taken = self.is_email_taken(&txn, &email).await?;
        let owner = store::people::find_by_email(&*txn, &email).await?;
        let purpose = match taken {
            true => Purpose::RegisterAgain,
            false => Purpose::ChangeEmail,
        };
        // To be told of the bound would tell whether the address has an account.
        if !self.may_write_to(&txn, operation, purpose, &email).await? {
            return Ok(txn.commit().await?);
        }
        let proof = NewProof {
            asked_by: None,
            purpose,
            user: Some(owner.map_or(person.id, |owner| owner.id)),
            email: email.clone(),
            data: Some(super::to_json(&json!({ "email": email }))?),
        };
        let proof_id = self.issue_proof(&txn, proof).await?;
        if taken {
            let event = UserRegistrationRepeated { proof_id };
            bus::append(&*txn, &self.ambient, operation, crate::NAME, &event).await?;
        } else {
            let event = UserEmailChangeRequested {
                user_id: person.id,
                proof_id,
            };
            bus::append(&*txn, &self.ambient, operation, crate::NAME, &event).await?;
        }
        let subject = Some(person.id);
        self.audit(&txn, operation, CHANGE_REQUESTED, subject, json!({}))
            .await?;
        Ok(txn.commit().await?)
    }

    async fn move_address(
        &self,
        txn: &Transaction,
        operation: &Operation,
        proof: &Proof,
    ) -> Result<Person, Error> {
        let mut person = self.owner_of(txn, proof.user_id).await?;
        let old = person.email.clone();
        let was_verified = person.email_verified_at;
        self.set_address(txn, operation, &mut person, proof).await?;
        let undo = NewProof {
            asked_by: None,
            purpose: Purpose::UndoEmail,
            user: Some(person.id),
            email: old.clone(),
            data: Some(super::to_json(
                &json!({ "email": old, "verified_at": was_verified }),
            )?),
        };
        let event = UserEmailChanged {
            user_id: person.id,
            proof_id: self.issue_proof(txn, undo).await?,
        };
        bus::append(&**txn, &self.ambient, operation, crate::NAME, &event).await?;
        Ok(person)
    }

    /// Somebody else may have changed it, so every session ends, the password counts no longer, what
    /// was added since then is taken away, and an erasure that waits does not begin.
    async fn move_address_back(
        &self,
        txn: &Transaction,
        operation: &Operation,
        proof: &Proof,
    ) -> Result<Person, Error> {
        let mut person = self.owner_of(txn, proof.user_id).await?;
        person.reset_required = true;
        if person.frozen_at.is_some() {
            self.call_off_erasure(txn, operation, &mut person).await?;
        }
        self.set_address(txn, operation, &mut person, proof).await?;
        store::identities::delete_since(&**txn, person.id, proof.created_at).await?;
        store::api_tokens::delete_since(&**txn, person.id, proof.created_at).await?;
        store::totp::delete_since(&**txn, person.id, proof.created_at).await?;
        store::proofs::end_all_of(&**txn, person.id, &[], self.ambient.now()).await?;
        self.revoke_sessions(txn, operation, person.id, None)
            .await?;
        self.ask_to_reset(txn, operation, &person, true).await?;
        Ok(person)
    }

    async fn set_address(
        &self,
        txn: &Transaction,
        operation: &Operation,
        person: &mut Person,
        proof: &Proof,
    ) -> Result<(), Error> {
        let data: serde_json::Value = super::from_json(proof.data.as_deref())?;
        let email = data["email"].as_str().unwrap_or(&proof.email).to_owned();
        if store::people::is_email_taken(&**txn, &email).await? {
            return Err(Error::Taken("email"));
        }
        person.email = email;
        person.email_verified_at = Some(self.ambient.now());
        self.touch(person);
        store::people::update(&**txn, person).await?;
        let event = updated(person);
        Ok(bus::append(&**txn, &self.ambient, operation, crate::NAME, &event).await?)
    }

    async fn mark_verified(&self, txn: &Transaction, proof: &Proof) -> Result<Person, Error> {
        let mut person = self.owner_of(txn, proof.user_id).await?;
        // An address that was changed since the letter was written is not shown by it.
        if text::fold(&person.email) != proof.email {
            return Err(Error::ProofRefused);
        }
        person.email_verified_at = Some(self.ambient.now());
        person.version += 1;
        person.updated_at = self.ambient.now();
        store::people::update(&**txn, &person).await?;
        Ok(person)
    }

    /// The living account that a proof belongs to, locked until the transaction ends.
    pub(crate) async fn owner_of(
        &self,
        txn: &Transaction,
        user: Option<UserId>,
    ) -> Result<Person, Error> {
        let person = match user {
            Some(user) => store::people::find_for_change(&**txn, user).await?,
            None => None,
        };
        let person = person.filter(|person| !person.disabled);
        person.ok_or(Error::ProofRefused)
    }
}

/// What the other modules need to know of a person, all of it.
pub(crate) fn updated(person: &Person) -> UserUpdated {
    UserUpdated {
        user_id: person.id,
        username: person.username.clone(),
        display_name: person.display_name.clone(),
        email: person.email.clone(),
        locale: person.locale.clone(),
        time_zone: person.time_zone.clone(),
    }
}
