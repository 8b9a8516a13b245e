//! Users' accounts at other providers: whose account an identity leads to, linking and unlinking.

use chrono::{DateTime, Utc};
use contracts::user::UserIdentityLinked;
use database::Transaction;
use kernel::Caller;
use kernel::{IdentityId, Operation, UserId};
use serde_json::json;

use super::super::answer::ExternalUser;
use super::super::names::{shown_locale, shown_name, shown_zone, usable, username_of};
use super::super::refusal::Refusal;
use super::super::view::IdentityView;
use super::Service;
use super::roles::roles_with;
use crate::audit::AuditAction;
use crate::domain::{MODULE, RegistrationMode, UserRecord, Way, email_address};
use crate::error::Error;
use crate::identities::{self, Identity};
use crate::revocation::AccountEvent;
use crate::users;

/// Identities of one user.
const MOST: usize = 20;

impl Service {
    pub(crate) async fn list(&self, user: UserId) -> Result<Vec<IdentityView>, Error> {
        let identities = identities::list_of(self.database.read(), user).await?;
        Ok(identities.into_iter().map(IdentityView::of).collect())
    }

    /// Removes an identity, unless the user could not log in without it.
    pub(crate) async fn unlink(
        &self,
        operation: &Operation,
        caller: &Caller,
        id: IdentityId,
    ) -> Result<(), Error> {
        self.sessions.require_recent(caller).await?;
        let user = caller.user_id;
        let txn = self.database.begin().await?;
        let all = identities::list_of(&txn, user).await?;
        self.lock_for(&txn, all.iter().find(|identity| identity.id == id))
            .await?;
        // Two removals at once must not both count on the other identity.
        let mut account = users::get_for_change(&txn, user).await?;
        let all = identities::list_of(&txn, user).await?;
        let found = all.iter().find(|identity| identity.id == id);
        let found = found.ok_or(Error::NoIdentity)?;
        let password = users::password_hash(&txn, user).await?;
        if all.len() == 1 && password.is_none() {
            return Err(Error::LastWayIn);
        }
        let demoted = self.take_role(&txn, operation, &mut account, found).await?;
        identities::delete(&txn, id).await?;
        let event = AccountEvent::IdentityUnlinked;
        self.revocation
            .revoke(&txn, operation, &mut account, event)
            .await?;
        let detail = json!({ "identity": id, "provider": found.provider });
        let entry = AuditAction::IdentityUnlinked.about(user, detail);
        self.audit.record(&txn, operation, entry).await?;
        txn.commit().await?;
        self.forget_if(demoted);
        Ok(())
    }

    /// Links an identity to the account of who began to, whatever its address is.
    pub(super) async fn link_own(
        &self,
        txn: &Transaction,
        operation: &Operation,
        user: UserId,
        begun_at: DateTime<Utc>,
        provider: &str,
        external: &ExternalUser,
    ) -> Result<Identity, Refusal> {
        let account = users::find_for_change(txn, user).await?;
        let account = self.sessions.may_issue(Way::Provider, account)?;
        // The account may have been disabled since this began.
        if account.rights_changed_at > begun_at {
            return Err(Refusal::provider("rights_changed"));
        }
        let known = identities::find_by_subject(txn, provider, &external.subject).await?;
        match known {
            Some(known) if known.user_id == user => Ok(known),
            Some(_) => Err(Error::IdentityTaken.into()),
            None => {
                self.link(txn, operation, &account, provider, external)
                    .await
            }
        }
    }

    /// The user whom an identity leads to: theirs already, or by an address that both sides have
    /// verified, or somebody new. They are somebody who may get a token, with the roles that the provider
    /// gives; also returns whether these have changed.
    pub(super) async fn account_of(
        &self,
        txn: &Transaction,
        operation: &Operation,
        provider: &str,
        external: &ExternalUser,
    ) -> Result<(UserRecord, bool), Refusal> {
        let known = identities::find_by_subject(txn, provider, &external.subject).await?;
        if let Some(known) = known {
            self.lock_for(txn, Some(&known)).await?;
            let account = users::find_for_change(txn, known.user_id).await?;
            let mut account = self.sessions.may_issue(Way::Provider, account)?;
            let email = usable(external.email.as_deref());
            identities::touch(txn, known.id, email.as_deref(), self.env.now()).await?;
            let changed = self
                .apply_role(txn, operation, &mut account, &known, external.claimed_role)
                .await?;
            return Ok((account, changed));
        }
        let email = usable(external.email.as_deref()).ok_or(Error::ProviderUnverified)?;
        let found = users::find_by_email(txn, &email).await?;
        let Some(found) = found else {
            let account = self
                .newcomer(txn, operation, provider, external, email)
                .await?;
            return Ok((account, false));
        };
        let found = users::find_for_change(txn, found.id).await?;
        let verified = |account: &UserRecord| {
            account.email_verified_at.is_some()
                && email_address::key(&account.email) == email_address::key(&email)
        };
        if !external.email_verified || !found.as_ref().is_some_and(verified) {
            return Err(Error::LinkFirst.into());
        }
        let mut account = self.sessions.may_issue(Way::Provider, found)?;
        let operation = operation.by(account.id);
        let identity = self
            .link(txn, &operation, &account, provider, external)
            .await?;
        let changed = self
            .apply_role(
                txn,
                &operation,
                &mut account,
                &identity,
                external.claimed_role,
            )
            .await?;
        Ok((account, changed))
    }

    /// A new account without a password.
    async fn newcomer(
        &self,
        txn: &Transaction,
        operation: &Operation,
        provider: &str,
        external: &ExternalUser,
        email: String,
    ) -> Result<UserRecord, Refusal> {
        match self.registration {
            RegistrationMode::Closed => return Err(Error::RegistrationClosed.into()),
            RegistrationMode::Invite => return Err(Error::InvitationNeeded.into()),
            RegistrationMode::Open | RegistrationMode::Verified => {}
        }
        if !external.email_verified {
            return Err(Error::ProviderUnverified.into());
        }
        let username = self.free_username(txn, external, &email).await?;
        let now = self.env.now();
        let mut account = UserRecord {
            display_name: shown_name(external).unwrap_or_else(|| username.clone()),
            email_verified_at: Some(now),
            owner_shown_at: Some(now),
            roles: roles_with(external.claimed_role.role()),
            ..UserRecord::new(self.env.id(), username, email, now)
        };
        account.locale = shown_locale(external).unwrap_or(account.locale);
        account.time_zone = shown_zone(external).unwrap_or(account.time_zone);
        let operation = operation.by(account.id);
        self.accounts.insert(txn, &operation, &account, "").await?;
        // Whoever has just been made by it needs no warning that it leads to their account.
        let identity = self
            .insert_identity(txn, &operation, &account, provider, external)
            .await?;
        let granted = external.claimed_role.role();
        identities::set_granted_role(txn, identity.id, granted).await?;
        Ok(account)
    }

    /// Links an identity to an account that was there before, whose owner is told.
    async fn link(
        &self,
        txn: &Transaction,
        operation: &Operation,
        account: &UserRecord,
        provider: &str,
        external: &ExternalUser,
    ) -> Result<Identity, Refusal> {
        let identity = self
            .insert_identity(txn, operation, account, provider, external)
            .await?;
        let event = UserIdentityLinked {
            user_id: account.id,
            provider: provider.to_owned(),
        };
        let appended = bus::append(txn, &self.env, operation, MODULE, &event).await;
        appended.map_err(Error::from)?;
        Ok(identity)
    }

    async fn insert_identity(
        &self,
        txn: &Transaction,
        operation: &Operation,
        account: &UserRecord,
        provider: &str,
        external: &ExternalUser,
    ) -> Result<Identity, Refusal> {
        if identities::list_of(txn, account.id).await?.len() >= MOST {
            return Err(Error::TooManyIdentities(MOST).into());
        }
        let now = self.env.now();
        let identity = Identity {
            id: self.env.id(),
            user_id: account.id,
            provider: provider.to_owned(),
            subject: external.subject.clone(),
            email: usable(external.email.as_deref()),
            granted_role: None,
            created_at: now,
            last_used_at: Some(now),
        };
        let inserted = identities::insert(txn, &identity).await;
        inserted.map_err(|error| match error {
            Error::Storage(error) if database::is_unique_violation(&error) => Refusal::race(),
            other => other.into(),
        })?;
        let detail = json!({ "identity": identity.id, "provider": provider });
        let entry = AuditAction::IdentityLinked.about(account.id, detail);
        self.audit.record(txn, operation, entry).await?;
        Ok(identity)
    }

    /// What the provider calls the user, made to fit and free.
    async fn free_username(
        &self,
        txn: &Transaction,
        external: &ExternalUser,
        email: &str,
    ) -> Result<String, Error> {
        let local = email.split('@').next().unwrap_or_default();
        let wanted = external.username.as_deref().unwrap_or(local);
        let wanted = username_of(wanted.split('@').next().unwrap_or_default());
        if !users::is_username_taken(txn, &wanted).await? {
            return Ok(wanted);
        }
        // 40 random bits: the next one is free but for a chance that the unique index still meets.
        let tail: String = self
            .env
            .bytes::<5>()
            .map(|byte| format!("{byte:02x}"))
            .concat();
        let head: String = wanted.chars().take(21).collect();
        Ok(format!("{head}-{tail}"))
    }
}
