//! What administrators see and change of others.

use contracts::user::{UserLocked, UserRoleChanged};
use database::Transaction;
use kernel::{Caller, Expected, Operation, Page, PageRequest, Role, Roles, UserId};
use serde_json::json;

use super::super::request::{ChangeUser, UserFilter};
use super::super::view::Account;
use super::Service;
use crate::audit::AuditAction;
use crate::domain::{MODULE, UserRecord};
use crate::error::Error;
use crate::revocation::AccountEvent;
use crate::users::{self, Search};

impl Service {
    pub(crate) async fn list(
        &self,
        filter: &UserFilter,
        page_request: &PageRequest,
    ) -> Result<Page<Account>, Error> {
        let search = Search {
            text: filter.q.as_deref(),
            role: filter.role,
            disabled: filter.disabled,
        };
        let page = users::list(self.database.read(), &search, page_request).await?;
        Ok(page.map(|account| Account::of(&account)))
    }

    /// As [`Service::change`], by an administrator who has shown lately who they are.
    pub(crate) async fn change_as(
        &self,
        operation: &Operation,
        caller: &Caller,
        id: UserId,
        expected: &Expected,
        change: ChangeUser,
    ) -> Result<Account, Error> {
        self.sessions.require_recent(caller).await?;
        self.change(operation, id, expected, change).await
    }

    /// Roles and access; a change counts on every token within a second.
    pub(crate) async fn change(
        &self,
        operation: &Operation,
        id: UserId,
        expected: &Expected,
        change: ChangeUser,
    ) -> Result<Account, Error> {
        let change = &change;
        database::retry_transaction(move || async move {
            let txn = self.database.begin().await?;
            if change.takes_admin() {
                // Before the user, so that two who demote each other do not wait for one another.
                users::lock_admins(&txn).await?;
            }
            let mut account = users::get_for_change(&txn, id).await?;
            expected.check(account.version)?;
            let before = (account.roles.clone(), account.disabled);
            let was_admin = account.is_active_admin();
            if let Some(roles) = &change.roles {
                account.roles = roles.clone().into();
            }
            account.disabled = change.disabled.unwrap_or(account.disabled);
            let is_admin = account.roles.has(Role::Admin) && !account.disabled;
            if was_admin && !is_admin && users::count_admins(&txn).await? <= 1 {
                return Err(Error::LastAdmin);
            }
            if before == (account.roles.clone(), account.disabled) {
                return Ok(Account::of(&account));
            }
            if before.0 != account.roles {
                self.publish_roles(&txn, operation, &mut account, &before.0)
                    .await?;
            }
            if before.1 != account.disabled {
                let event = UserLocked {
                    user_id: account.id,
                    locked: account.disabled,
                };
                bus::append(&txn, &self.env, operation, MODULE, &event).await?;
                let (action, event) = match account.disabled {
                    true => (AuditAction::AccountDisabled, AccountEvent::Disabled),
                    false => (AuditAction::AccountEnabled, AccountEvent::Enabled),
                };
                let ended = self
                    .revocation
                    .revoke(&txn, operation, &mut account, event)
                    .await?;
                let entry = action.about(id, json!({ "ended": ended }));
                self.audit.record(&txn, operation, entry).await?;
            }
            txn.commit().await?;
            self.sessions.forget_all();
            Ok(Account::of(&account))
        })
        .await
    }

    /// Writes, publishes, and records the new roles of an account; what it had by the roles of `before` ends.
    /// Once it is committed, every status that was remembered must be forgotten.
    pub(crate) async fn publish_roles(
        &self,
        txn: &Transaction,
        operation: &Operation,
        account: &mut UserRecord,
        before: &Roles,
    ) -> Result<(), Error> {
        let event = UserRoleChanged {
            user_id: account.id,
            roles: account.roles.clone(),
        };
        bus::append(txn, &self.env, operation, MODULE, &event).await?;
        let event = AccountEvent::RolesChanged;
        let ended = self
            .revocation
            .revoke(txn, operation, account, event)
            .await?;
        let detail = json!({ "before": before, "now": account.roles, "ended": ended });
        let entry = AuditAction::RolesChanged.about(account.id, detail);
        self.audit.record(txn, operation, entry).await
    }
}
