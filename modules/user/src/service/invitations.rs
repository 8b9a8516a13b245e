//! Invitations: by administrators to any role, by instructors to students.

use contracts::user::UserInvited;
use database::idempotency;
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
            return Err(Error::RegistrationClosed);
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
        let invitation = Invitation {
            roles,
            invited_by: caller.user_id,
            locale: super::accounts::locale_or_default(invite.locale),
            display_name: String::new(),
        };
        let proof = NewProof {
            purpose: Purpose::Invite,
            user: None,
            email,
            data: Some(super::to_json(&invitation)?),
        };
        let proof_id = self.issue_proof(&txn, proof).await?;
        let event = UserInvited { proof_id };
        bus::append(&*txn, &self.ambient, operation, crate::NAME, &event).await?;
        let detail = json!({ "invitation": proof_id, "roles": invitation.roles });
        self.audit(&txn, operation, CREATED, None, detail).await?;
        let made = store::proofs::find(&*txn, proof_id).await?;
        let made = made.ok_or(Error::NoInvitation)?;
        let kept = idempotency::keep(&*txn, operation, self.shown(&made)?).await?;
        txn.commit().await?;
        Ok(kept)
    }

    /// All invitations, the newest first.
    pub(crate) async fn invitations(&self, slice: &Slice) -> Result<Page<InvitationView>, Error> {
        let db = self.database.read();
        let page = store::proofs::list(db, Purpose::Invite, None, slice).await?;
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

    /// Takes an invitation back; its link counts no longer.
    pub(crate) async fn withdraw(&self, operation: &Operation, id: ProofId) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        let proof = store::proofs::find(&*txn, id).await?;
        let proof = proof.filter(|proof| proof.purpose == Purpose::Invite);
        let proof = proof.filter(|proof| proof.used_at.is_none());
        let proof = proof.ok_or(Error::NoInvitation)?;
        store::proofs::delete(&*txn, proof.id).await?;
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

pub(crate) fn read(proof: &Proof) -> Result<Invitation, Error> {
    super::from_json(proof.data.as_deref())
}
