//! Invitations: by administrators to any role, by instructors to students.

use contracts::user::{UserInvited, UserRegistrationRepeated};
use database::{Transaction, idempotency};
use kernel::{Caller, OneTimeTokenId, Operation, Outcome, Page, PageRequest, Role, Roles};
use serde_json::json;

use super::super::fields::{locale_or_default, parse_email};
use super::super::request::CreateInvitation;
use super::super::view::InvitationView;
use super::Service;
use crate::audit::AuditAction;
use crate::domain::{
    Invitation, MODULE, Purpose, RegistrationMode, UserRecord, from_json, is_beyond_student,
    may_invite,
};
use crate::error::Error;
use crate::one_time_tokens::{self, NewToken, OneTimeToken};
use crate::users;

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
        let beyond = is_beyond_student(&roles);
        if self.mode == RegistrationMode::Closed {
            return Err(Error::InvitationsClosed);
        }
        if !may_invite(&caller.roles, &roles) {
            return Err(Error::InviteBeyond);
        }
        if beyond {
            self.sessions.require_recent(caller).await?;
        }
        let email = parse_email(&invite.email)?;
        let txn = self.database.begin().await?;
        if let Some(first) = idempotency::replay(&txn, self.env.now(), operation).await? {
            return Ok(first);
        }
        if !caller.has(Role::Admin) {
            self.audit
                .refuse_many(
                    &txn,
                    caller.user_id,
                    AuditAction::InvitationCreated,
                    MOST_INVITATIONS,
                )
                .await?;
        }
        // Nobody uses up the emails that another one may send, or ends theirs.
        let by = Some(caller.user_id);
        if !self
            .tokens
            .may_send(&txn, operation, Purpose::Invite, &email, by)
            .await?
        {
            txn.commit().await?;
            return Err(Error::TooManyEmails);
        }
        let known = users::find_by_email(&txn, &email).await?;
        if known.is_some() && caller.has(Role::Admin) {
            return Err(Error::InvitedAlready);
        }
        let invitation = Invitation {
            roles,
            invited_by: caller.user_id,
            locale: locale_or_default(invite.locale),
            display_name: String::new(),
        };
        let token = NewToken::to_email(Purpose::Invite, email).requested_by(caller.user_id);
        let token_id = self.tokens.issue(&txn, token.with(&invitation)?).await?;
        match known {
            // The inviter does not learn of it, and who has an account needs no second one.
            Some(account) => self.publish_repeated(&txn, operation, &account).await?,
            None => {
                let event = UserInvited { token_id };
                bus::append(&txn, &self.env, operation, MODULE, &event).await?;
            }
        }
        let detail = json!({ "invitation": token_id, "roles": invitation.roles });
        let entry = AuditAction::InvitationCreated.about(None, detail);
        self.audit.record(&txn, operation, entry).await?;
        let made = one_time_tokens::find(&txn, token_id).await?;
        let made = made.ok_or(Error::NoInvitation)?;
        let kept = idempotency::keep(&txn, operation, shown(&made)?).await?;
        txn.commit().await?;
        Ok(kept)
    }

    async fn publish_repeated(
        &self,
        txn: &Transaction,
        operation: &Operation,
        account: &UserRecord,
    ) -> Result<(), Error> {
        let purpose = Purpose::RegisterAgain;
        let email = &account.email;
        if !self
            .tokens
            .may_send(txn, operation, purpose, email, None)
            .await?
        {
            return Ok(());
        }
        let token = NewToken::to_user(purpose, account);
        let event = UserRegistrationRepeated {
            token_id: self.tokens.issue(txn, token).await?,
        };
        bus::append(txn, &self.env, operation, MODULE, &event).await?;
        Ok(())
    }

    /// The invitations, the newest first: all to an administrator, to others their own.
    pub(crate) async fn list_invitations(
        &self,
        caller: &Caller,
        page_request: &PageRequest,
    ) -> Result<Page<InvitationView>, Error> {
        let db = self.database.read();
        let requested_by = (!caller.has(Role::Admin)).then_some(caller.user_id);
        let page = one_time_tokens::list(db, Purpose::Invite, requested_by, page_request).await?;
        let mut items = Vec::with_capacity(page.items.len());
        for token in &page.items {
            items.push(shown(token)?);
        }
        Ok(Page {
            items,
            next: page.next,
            prev: page.prev,
            total: page.total,
        })
    }

    pub(crate) async fn find_invitation(
        &self,
        caller: &Caller,
        id: OneTimeTokenId,
    ) -> Result<InvitationView, Error> {
        let found = one_time_tokens::find(self.database.read(), id).await?;
        shown(&visible_to(caller, found)?)
    }

    /// Takes an invitation back; its link counts no longer. One whose link had ended already, because it
    /// expired or a newer one replaced it, is as the caller wants it.
    pub(crate) async fn withdraw_invitation(
        &self,
        operation: &Operation,
        caller: &Caller,
        id: OneTimeTokenId,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        let token = visible_to(caller, one_time_tokens::find(&txn, id).await?)?;
        // The row stays for a while, so that it counts among the emails to its address.
        if !one_time_tokens::end(&txn, token.id, self.env.now()).await? {
            let token = visible_to(caller, one_time_tokens::find(&txn, id).await?)?;
            return match token.used_at {
                Some(_) => Err(Error::InvitationAccepted),
                None => Ok(()),
            };
        }
        let entry = AuditAction::InvitationWithdrawn.about(None, json!({ "invitation": id }));
        self.audit.record(&txn, operation, entry).await?;
        Ok(txn.commit().await?)
    }
}

fn shown(token: &OneTimeToken) -> Result<InvitationView, Error> {
    let invitation: Invitation = from_json(token.data.as_deref())?;
    Ok(InvitationView::of(token, invitation))
}

fn visible_to(caller: &Caller, found: Option<OneTimeToken>) -> Result<OneTimeToken, Error> {
    let token = found.filter(|token| token.purpose == Purpose::Invite);
    let token = token.ok_or(Error::NoInvitation)?;
    let theirs = caller.has(Role::Admin) || token.requested_by == Some(caller.user_id);
    theirs.then_some(token).ok_or(Error::NoInvitation)
}
