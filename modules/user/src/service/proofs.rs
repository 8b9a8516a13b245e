//! Secrets that work once and travel in the links of letters.
//!
//! The secret is derived from the proof's id by the master key and kept as a hash, so that the
//! letter can be written again after a failed try and no table or event holds the secret.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::Duration;
use contracts::user::Letter;
use database::Transaction;
use kernel::{ExposeSecret, Operation, ProofId, SecretString, UserId, text};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Service;
use super::sealing::hash;
use crate::Error;
use crate::purpose::Purpose;
use crate::store;
use crate::store::people::Person;
use crate::store::proofs::Proof;

/// Whom a proof's letter greets when it is for nobody who has an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stranger {
    pub display_name: String,
    pub locale: String,
}

/// What a new proof is made of.
pub(crate) struct NewProof {
    pub purpose: Purpose,
    pub user: Option<UserId>,
    /// Who sends it to somebody else.
    pub asked_by: Option<UserId>,
    /// The address that its letter goes to.
    pub email: String,
    /// JSON that the redeemer needs.
    pub data: Option<String>,
}

/// Letters of one purpose that one address gets in one hour. Each purpose has a budget of its own,
/// so that a stranger who asks for the one keeps nobody from the other.
const MOST_LETTERS: u64 = 5;
/// How long an answer takes at least that must not tell whether there is an account: longer than
/// all that is done for somebody who has one.
pub(super) const EVENLY: std::time::Duration = std::time::Duration::from_millis(100);

impl Service {
    /// Whether an address may get one more letter of this purpose now; a refusal is on record once
    /// committed.
    pub(crate) async fn may_write_to(
        &self,
        txn: &Transaction,
        operation: &Operation,
        purpose: Purpose,
        email: &str,
    ) -> Result<bool, Error> {
        let since = self.ambient.now() - Duration::hours(1);
        let folded = text::fold(email);
        if store::proofs::count_since(&**txn, purpose, &folded, since).await? < MOST_LETTERS {
            return Ok(true);
        }
        self.audit(txn, operation, "letter.refused", None, json!({}))
            .await?;
        Ok(false)
    }

    /// Refuses a caller who within the last hour did `most` times what sends a letter to somebody
    /// else; `action` is its name in the audit log.
    pub(crate) async fn refuse_many(
        &self,
        txn: &Transaction,
        caller: UserId,
        action: &str,
        most: u64,
    ) -> Result<(), Error> {
        let since = self.ambient.now() - Duration::hours(1);
        match store::audit::count_since(&**txn, caller, action, since).await? < most {
            true => Ok(()),
            false => Err(Error::TooManyAsked),
        }
    }

    /// Makes a proof; an older one of the same purpose, person and address counts no longer. Those
    /// who register with one address do not know of each other, so the link of each stays its own.
    pub(crate) async fn issue_proof(
        &self,
        txn: &Transaction,
        new: NewProof,
    ) -> Result<ProofId, Error> {
        let now = self.ambient.now();
        let email = text::fold(&new.email);
        if new.purpose != Purpose::Register {
            store::proofs::supersede(&**txn, new.purpose, new.user, &email, now).await?;
        }
        let proof = Proof {
            id: self.ambient.id(),
            purpose: new.purpose,
            user_id: new.user,
            asked_by: new.asked_by,
            email,
            data: new.data,
            created_at: now,
            expires_at: now + new.purpose.lifetime(),
            used_at: None,
        };
        let token = self.proof_token(proof.id);
        store::proofs::insert(&**txn, &proof, &hash(token.expose_secret())).await?;
        Ok(proof.id)
    }

    /// Uses a proof of one of `purposes` up. Whatever else changes a person locks them before their
    /// proofs, and so does this; who has no account yet is held apart by their address.
    pub(crate) async fn redeem_proof(
        &self,
        txn: &Transaction,
        token: &SecretString,
        purposes: &[Purpose],
    ) -> Result<Proof, Error> {
        let proof = self.open_proof(txn, token, purposes).await?;
        match proof.user_id {
            Some(user) => drop(store::people::find_for_change(&**txn, user).await?),
            None => drop(store::proofs::lock_unused(&**txn, proof.purpose, &proof.email).await?),
        }
        let now = self.ambient.now();
        match store::proofs::redeem(&**txn, proof.id, now).await? {
            true => Ok(proof),
            false => Err(Error::ProofRefused),
        }
    }

    /// The proof that a token is of, when it still counts, without using it up.
    pub(crate) async fn open_proof(
        &self,
        txn: &Transaction,
        token: &SecretString,
        purposes: &[Purpose],
    ) -> Result<Proof, Error> {
        let now = self.ambient.now();
        let found = store::proofs::find_by_token(&**txn, &hash(token.expose_secret())).await?;
        found
            .filter(|proof| proof.used_at.is_none() && proof.expires_at > now)
            .filter(|proof| purposes.contains(&proof.purpose))
            .ok_or(Error::ProofRefused)
    }

    /// The letter of a proof, unless nothing should be sent any more.
    pub(crate) async fn letter_of(&self, id: ProofId) -> Result<Option<Letter>, Error> {
        let now = self.ambient.now();
        let db = self.database.read();
        let proof = store::proofs::find(db, id).await?;
        let proof = proof.filter(|proof| proof.used_at.is_none() && proof.expires_at > now);
        let Some(proof) = proof else {
            return Ok(None);
        };
        let person = match proof.user_id {
            Some(user) => store::people::find(db, user).await?,
            None => None,
        };
        let email = written_address(&proof, person.as_ref());
        let stranger = || -> Stranger {
            let data = proof.data.as_deref().unwrap_or("{}");
            serde_json::from_str(data).unwrap_or_default()
        };
        let time_zone = person.as_ref().map(|person| person.time_zone.clone());
        let greeted = person.map_or_else(stranger, |person| Stranger {
            display_name: person.display_name,
            locale: person.locale,
        });
        let url = proof.purpose.page().map(|page| {
            let token = self.proof_token(proof.id);
            // Behind the hash, the secret reaches neither a log nor another site as a referrer.
            format!(
                "{}/{page}#token={}",
                self.settings.account_url,
                token.expose_secret()
            )
        });
        Ok(Some(Letter {
            email,
            display_name: greeted.display_name,
            locale: greeted.locale,
            time_zone: time_zone.unwrap_or_else(|| "UTC".to_owned()),
            url,
            expires_at: proof.expires_at,
        }))
    }

    pub(crate) fn proof_token(&self, id: ProofId) -> SecretString {
        let bytes = self.master_key.derive("proof", id.uuid().as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(bytes).into()
    }
}

/// Addresses are compared without regard to case, and written to as their owner wrote them.
fn written_address(proof: &Proof, person: Option<&Person>) -> String {
    let data = proof.data.as_deref().unwrap_or("{}");
    let data: serde_json::Value = serde_json::from_str(data).unwrap_or_default();
    let asked = data["email"].as_str().map(str::to_owned);
    let known = person.map(|person| person.email.clone());
    let same = |email: &String| text::fold(email) == proof.email;
    let written = asked.filter(same).or(known.filter(same));
    written.unwrap_or_else(|| proof.email.clone())
}
