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
        let is = |purpose: Purpose| proof.purpose == purpose;
        let person = if is(Purpose::Register) {
            self.finish_registration(&txn, &operation, &proof).await?
        } else if is(Purpose::ChangeEmail) {
            self.move_address(&txn, &operation, &proof).await?
        } else if is(Purpose::UndoEmail) {
            self.move_address_back(&txn, &operation, &proof).await?
        } else {
            self.mark_verified(&txn, &proof).await?
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
        if self.may_write_to(&txn, operation, &email).await? {
            let person = store::people::find_by_email(&*txn, &email).await?;
            let person = person.filter(|person| person.email_verified_at.is_none());
            let waiting =
                store::proofs::newest(&*txn, Purpose::Register, &text::fold(&email)).await?;
            if let Some(person) = person {
                self.ask_to_verify(&txn, operation, &person).await?;
            } else if let Some(waiting) = waiting {
                self.ask_again(&txn, operation, waiting).await?;
            }
        }
        txn.commit().await?;
        evenly.await;
        Ok(())
    }

    async fn ask_again(
        &self,
        txn: &Transaction,
        operation: &Operation,
        waiting: Proof,
    ) -> Result<(), Error> {
        let proof = NewProof {
            purpose: Purpose::Register,
            user: None,
            email: waiting.email,
            data: waiting.data,
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
        if !self.may_write_to(&txn, operation, &email).await? {
            txn.commit().await?;
            return Err(Error::TooManyLetters);
        }
        let taken = self.is_email_taken(&txn, &email).await?;
        let owner = store::people::find_by_email(&*txn, &email).await?;
        let proof = NewProof {
            purpose: match taken {
                true => Purpose::RegisterAgain,
                false => Purpose::ChangeEmail,
            },
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
        self.audit(
            &txn,
            operation,
            "email.change_requested",
            subject,
            json!({}),
        )
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

    /// Somebody else may have changed it, so every session ends and the password counts no longer.
    async fn move_address_back(
        &self,
        txn: &Transaction,
        operation: &Operation,
        proof: &Proof,
    ) -> Result<Person, Error> {
        let mut person = self.owner_of(txn, proof.user_id).await?;
        person.reset_required = true;
        self.set_address(txn, operation, &mut person, proof).await?;
        store::proofs::end_all_of(&**txn, person.id, &[], self.ambient.now()).await?;
        self.revoke_sessions(txn, operation, person.id, None)
            .await?;
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
