//! Coming into being: how strangers become people, as the platform's mode says.

use contracts::user::{UserEmailVerificationRequested, UserRegistrationRepeated};
use database::{Transaction, idempotency};
use kernel::{Operation, Outcome, Role, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::proofs::NewProof;
use super::{NewAccount, RegistrationMode, Service};
use crate::Error;
use crate::purpose::Purpose;
use crate::store;
use crate::store::people::Person;
use crate::store::proofs::Proof;
use crate::view::Account;

/// An account that a visitor asks for.
pub(crate) struct Registration {
    pub username: String,
    pub email: String,
    pub password: SecretString,
    pub display_name: Option<String>,
    pub locale: Option<String>,
    pub time_zone: Option<String>,
    /// The token of an invitation.
    pub invitation: Option<SecretString>,
}

/// What became of it.
#[derive(Debug)]
pub(crate) enum Registered {
    /// The account is there.
    Account(Box<Outcome<Account>>),
    /// A letter is on its way; whether the address is known is not told.
    Letter,
}

/// An account that waits for its address to be verified; greets its owner in the letter.
#[derive(Debug, Serialize, Deserialize)]
struct Waiting {
    username: String,
    email: String,
    display_name: String,
    locale: String,
    time_zone: String,
    password_hash: String,
}

impl Service {
    pub(crate) async fn register(
        &self,
        operation: &Operation,
        wanted: Registration,
    ) -> Result<Registered, Error> {
        let invitation = wanted.invitation.clone();
        match (self.settings.registration, &invitation) {
            (RegistrationMode::Closed, _) => return Err(Error::RegistrationClosed),
            (RegistrationMode::Invite, None) => return Err(Error::InvitationNeeded),
            _ => {}
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
        let (person, password_hash) = self.prepare(account).await?;
        let txn = self.database.begin().await?;
        if let Some(first) = idempotency::replay(&*txn, self.ambient.now(), operation).await? {
            return Ok(match first.value {
                Some(account) => Registered::Account(Box::new(Outcome {
                    value: account,
                    replayed: first.replayed,
                })),
                None => Registered::Letter,
            });
        }
        let account = match invitation {
            Some(token) => Some(
                self.accept_invitation(&txn, operation, &token, person, &password_hash)
                    .await?,
            ),
            None if self.settings.registration == RegistrationMode::Verified => {
                self.ask_for_proof(&txn, operation, &person, password_hash)
                    .await?;
                None
            }
            None => {
                self.insert(&txn, operation, &person, &password_hash)
                    .await?;
                self.ask_to_verify(&txn, operation, &person).await?;
                Some(Account::of(&person))
            }
        };
        let kept = idempotency::keep(&*txn, operation, account).await?;
        txn.commit().await?;
        Ok(match kept.value {
            Some(account) => Registered::Account(Box::new(Outcome::fresh(account))),
            None => Registered::Letter,
        })
    }

    async fn accept_invitation(
        &self,
        txn: &Transaction,
        operation: &Operation,
        token: &SecretString,
        mut person: Person,
        password_hash: &str,
    ) -> Result<Account, Error> {
        let proof = self.redeem_proof(txn, token, &[Purpose::Invite]).await?;
        let invitation = super::invitations::read(&proof)?;
        let beyond = invitation.roles.iter().any(|role| role != Role::Student);
        // The link came by that address, so it is shown to be theirs.
        let shown = kernel::text::fold(&person.email) == proof.email;
        // A student may take another address; more than that is only for whom it was meant.
        if beyond && !shown {
            return Err(Error::InvitedOther);
        }
        person.roles = invitation.roles;
        person.email_verified_at = shown.then(|| self.ambient.now());
        self.insert(txn, operation, &person, password_hash).await?;
        let detail = json!({ "invitation": proof.id, "invited_by": invitation.invited_by });
        self.audit(
            txn,
            operation,
            "invitation.accepted",
            Some(person.id),
            detail,
        )
        .await?;
        if !shown {
            self.ask_to_verify(txn, operation, &person).await?;
        }
        Ok(Account::of(&person))
    }

    /// Writes to the address whatever is true of it; the caller cannot tell one from the other.
    async fn ask_for_proof(
        &self,
        txn: &Transaction,
        operation: &Operation,
        person: &Person,
        password_hash: String,
    ) -> Result<(), Error> {
        if store::people::is_username_taken(&**txn, &person.username).await? {
            return Err(Error::Taken("username"));
        }
        let known = store::people::find_by_email(&**txn, &person.email).await?;
        let purpose = match known {
            Some(_) => Purpose::RegisterAgain,
            None => Purpose::Register,
        };
        let email = &person.email;
        if !self.may_write_to(txn, operation, purpose, email).await? {
            return Ok(());
        }
        let waiting = Waiting {
            username: person.username.clone(),
            email: person.email.clone(),
            display_name: person.display_name.clone(),
            locale: person.locale.clone(),
            time_zone: person.time_zone.clone(),
            password_hash,
        };
        let proof = NewProof {
            asked_by: None,
            purpose,
            user: known.as_ref().map(|known| known.id),
            email: person.email.clone(),
            data: match known {
                Some(_) => None,
                None => Some(super::to_json(&waiting)?),
            },
        };
        let proof_id = self.issue_proof(txn, proof).await?;
        if known.is_some() {
            let event = UserRegistrationRepeated { proof_id };
            bus::append(&**txn, &self.ambient, operation, crate::NAME, &event).await?;
        } else {
            let event = UserEmailVerificationRequested { proof_id };
            bus::append(&**txn, &self.ambient, operation, crate::NAME, &event).await?;
        }
        let detail = json!({ "waits_for": "email" });
        let subject = known.map(|known| known.id);
        self.audit(txn, operation, "account.requested", subject, detail)
            .await
    }

    /// Sends the letter that verifies an account's address.
    pub(crate) async fn ask_to_verify(
        &self,
        txn: &Transaction,
        operation: &Operation,
        person: &Person,
    ) -> Result<(), Error> {
        let proof = NewProof {
            asked_by: None,
            purpose: Purpose::VerifyEmail,
            user: Some(person.id),
            email: person.email.clone(),
            data: None,
        };
        let proof_id = self.issue_proof(txn, proof).await?;
        let event = UserEmailVerificationRequested { proof_id };
        Ok(bus::append(&**txn, &self.ambient, operation, crate::NAME, &event).await?)
    }

    /// The account that waited for its address comes into being.
    pub(crate) async fn finish_registration(
        &self,
        txn: &Transaction,
        operation: &Operation,
        proof: &Proof,
    ) -> Result<Person, Error> {
        let waiting: Waiting = super::from_json(proof.data.as_deref())?;
        let now = self.ambient.now();
        let waiting_too = store::proofs::lock_unused(&**txn, Purpose::Register, &proof.email);
        let contested = waiting_too
            .await?
            .iter()
            .any(|other| other.data != proof.data && other.expires_at > now);
        let person = Person {
            display_name: waiting.display_name,
            email_verified_at: Some(now),
            // Another one asked too, and who reads the mail cannot know whose link this was.
            reset_required: contested,
            locale: waiting.locale,
            time_zone: waiting.time_zone,
            ..Person::new(self.ambient.id(), waiting.username, waiting.email, now)
        };
        let made = self.insert(txn, operation, &person, &waiting.password_hash);
        made.await.map_err(|error| match error {
            Error::Taken(field) => Error::TakenMeanwhile(field),
            other => other,
        })?;
        if contested {
            self.ask_to_reset(txn, operation, &person, true).await?;
        }
        // Whoever else has asked for an account with this address gets none.
        store::proofs::supersede(&**txn, Purpose::Register, None, &proof.email, now).await?;
        Ok(person)
    }
}
