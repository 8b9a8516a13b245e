//! Invitations: by administrators to any role, by instructors to students.

use contracts::user::{UserInvited, UserRegistrationRepeated};
use database::{Transaction, idempotency};
use kernel::{Operation, Outcome, Page, ProofId, Role, Roles, Slice, UserId, text};
use rest::Caller;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::proofs::NewProof;
use super::{RegistrationMode, Service};
use crate::Error;
use crate::command::CreateInvitation;
use crate::purpose::Purpose;
use crate::store;
use crate::store::people::Person;
use crate::store::proofs::Proof;
use crate::view::InvitationView;

/// What an invitation's proof carries.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Invitation {
    pub roles: Roles,
    pub invited_by: UserId,
    pub locale: String,
    pub display_name: String,
}

const CREATED: &str = "invitation.created";
/// Invitations that somebody who teaches can send within an hour: more than a class.
const MOST_INVITATIONS: u64 = 100;

impl Service {
    pub(crate) async fn invite(
        &self,
        operation: &Operation,
        caller: &Caller,
        invite: CreateInvitation,
    ) -> Result<Outcome<InvitationView>, Error> {
        let roles = Roles::from(invite.roles.unwrap_or_default());
        let beyond = roles.iter().any(|role| role != Role::Student);
        if self.settings.registration == RegistrationMode::Closed {
            return Err(Error::InvitationsClosed);
        }
        if beyond && !caller.has(Role::Admin) {
            return Err(Error::InviteBeyond);
        }
        if beyond {
            self.require_recent(caller).await?;
        }
        let email = text::clean(&invite.email);
        super::accounts::refuse(super::accounts::check_email(&email).into_iter().collect())?;
        let txn = self.database.begin().await?;
        if let Some(first) = idempotency::replay(&*txn, self.ambient.now(), operation).await? {
            return Ok(first);
        }
        if !caller.has(Role::Admin) {
            self.refuse_many(&txn, caller.user_id, CREATED, MOST_INVITATIONS)
                .await?;
        }
        if !self
            .may_write_to(&txn, operation, Purpose::Invite, &email)
            .await?
        {
            txn.commit().await?;
            return Err(Error::TooManyLetters);
        }
        let known = store::people::find_by_email(&*txn, &email).await?;
        if known.is_some() && caller.has(Role::Admin) {
            return Err(Error::InvitedAlready);
        }
        let invitation = Invitation {
            roles,
            invited_by: caller.user_id,
            locale: super::accounts::locale_or_default(invite.locale),
            display_name: String::new(),
        };
        let proof = NewProof {
            asked_by: Some(caller.user_id),
            purpose: Purpose::Invite,
            user: None,
            email,
            data: Some(super::to_json(&invitation)?),
        };
        let proof_id = self.issue_proof(&txn, proof).await?;
        match known {
            // Who invites is not told, and who has an account needs no second one.
            Some(person) => self.tell_repeated(&txn, operation, &person).await?,
            None => {
                let event = UserInvited { proof_id };
                bus::append(&*txn, &self.ambient, operation, crate::NAME, &event).await?;
            }
        }
        let detail = json!({ "invitation": proof_id, "roles": invitation.roles });
        self.audit(&txn, operation, CREATED, None, detail).await?;
        let made = store::proofs::find(&*txn, proof_id).await?;
        let made = made.ok_or(Error::NoInvitation)?;
        let kept = idempotency::keep(&*txn, operation, self.shown(&made)?).await?;
        txn.commit().await?;
        Ok(kept)
    }

    async fn tell_repeated(
        &self,
        txn: &Transaction,
        operation: &Operation,
        person: &Person,
    ) -> Result<(), Error> {
        let purpose = Purpose::RegisterAgain;
        let email = &person.email;
        if !self.may_write_to(txn, operation, purpose, email).await? {
            return Ok(());
        }
        let proof = NewProof {
            asked_by: None,
            purpose,
            user: Some(person.id),
            email: email.clone(),
            data: None,
        };
        let event = UserRegistrationRepeated {
            proof_id: self.issue_proof(txn, proof).await?,
        };
        Ok(bus::append(&**txn, &self.ambient, operation, crate::NAME, &event).await?)
    }

    /// The invitations, the newest first: all to an administrator, to others their own.
    pub(crate) async fn invitations(
        &self,
        caller: &Caller,
        slice: &Slice,
    ) -> Result<Page<InvitationView>, Error> {
        let db = self.database.read();
        let asked_by = (!caller.has(Role::Admin)).then_some(caller.user_id);
        let page = store::proofs::list(db, Purpose::Invite, asked_by, slice).await?;
        let mut items = Vec::with_capacity(page.items.len());
        for proof in &page.items {
            items.push(self.shown(proof)?);
        }
        Ok(Page {
            items,
            next: page.next,
            prev: page.prev,
            total: page.total,
        })
    }

    pub(crate) async fn invitation(
        &self,
        caller: &Caller,
        id: ProofId,
    ) -> Result<InvitationView, Error> {
        let found = store::proofs::find(self.database.read(), id).await?;
        self.shown(&visible_to(caller, found)?)
    }

    /// Takes an invitation back; its link counts no longer.
    pub(crate) async fn withdraw(
        &self,
        operation: &Operation,
        caller: &Caller,
        id: ProofId,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        let proof = visible_to(caller, store::proofs::find(&*txn, id).await?)?;
        // The row stays for a while, so that it counts among the letters to its address.
        if !store::proofs::end(&*txn, proof.id, self.ambient.now()).await? {
            return Err(Error::NoInvitation);
        }
        let detail = json!({ "invitation": id });
        self.audit(&txn, operation, "invitation.withdrawn", None, detail)
            .await?;
        Ok(txn.commit().await?)
    }

    fn shown(&self, proof: &Proof) -> Result<InvitationView, Error> {
        let invitation = read(proof)?;
        Ok(InvitationView {
            id: proof.id,
            email: proof.email.clone(),
            roles: invitation.roles.into(),
            invited_by: invitation.invited_by,
            created_at: proof.created_at,
            expires_at: proof.expires_at,
            accepted_at: proof.used_at,
        })
    }
}

fn visible_to(caller: &Caller, found: Option<Proof>) -> Result<Proof, Error> {
    let proof = found.filter(|proof| proof.purpose == Purpose::Invite);
    let proof = proof.ok_or(Error::NoInvitation)?;
    let theirs = caller.has(Role::Admin) || proof.asked_by == Some(caller.user_id);
    theirs.then_some(proof).ok_or(Error::NoInvitation)
}

pub(crate) fn read(proof: &Proof) -> Result<Invitation, Error> {
    super::from_json(proof.data.as_deref())
}
