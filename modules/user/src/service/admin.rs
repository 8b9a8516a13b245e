//! What administrators see and change of others.

use contracts::user::{UserLocked, UserMfaChanged, UserRoleChanged};
use kernel::{Expected, Operation, Page, Role, Roles, Slice, UserId, text};
use rest::Caller;
use serde_json::json;

use super::Service;
use crate::Error;
use crate::store;
use crate::store::people::Search;
use crate::view::Account;

/// What an administrator looks for.
#[derive(Debug, Default)]
pub(crate) struct PeopleFilter {
    pub text: Option<String>,
    pub role: Option<Role>,
    pub disabled: Option<bool>,
}

/// What an administrator changes.
#[derive(Debug, Default)]
pub(crate) struct AdminChange {
    pub roles: Option<Roles>,
    pub disabled: Option<bool>,
}

impl AdminChange {
    fn takes_admin(&self) -> bool {
        let roles = self.roles.as_ref();
        self.disabled == Some(true) || roles.is_some_and(|roles| !roles.has(Role::Admin))
    }
}

impl Service {
    pub(crate) async fn list(
        &self,
        filter: &PeopleFilter,
        slice: &Slice,
    ) -> Result<Page<Account>, Error> {
        let search = Search {
            text: filter.text.clone(),
            role: filter.role,
            disabled: filter.disabled,
        };
        let page = store::people::list(self.database.read(), &search, slice).await?;
        Ok(page.map(|person| Account::of(&person)))
    }

    /// As [`Service::change`], by an administrator who has shown lately who they are.
    pub(crate) async fn change_as(
        &self,
        operation: &Operation,
        caller: &Caller,
        id: UserId,
        expected: &Expected,
        change: AdminChange,
    ) -> Result<Account, Error> {
        self.require_recent(caller).await?;
        self.change(operation, id, expected, change).await
    }

    /// Roles and access; a change counts on every token within a second.
    pub(crate) async fn change(
        &self,
        operation: &Operation,
        id: UserId,
        expected: &Expected,
        change: AdminChange,
    ) -> Result<Account, Error> {
        let change = &change;
        database::again(move || async move {
            let txn = self.database.begin().await?;
            if change.takes_admin() {
                // Before the person, so that two who demote each other do not wait for one another.
                store::people::lock_admins(&*txn).await?;
            }
            let person = store::people::find_for_change(&*txn, id).await?;
            let mut person = person.ok_or(Error::NoAccount)?;
            expected.check(person.version)?;
            let before = (person.roles.clone(), person.disabled);
            let can_log_in = person.frozen_at.is_none();
            let was_admin = person.roles.has(Role::Admin) && !person.disabled && can_log_in;
            person.roles = change.roles.clone().unwrap_or(person.roles);
            person.disabled = change.disabled.unwrap_or(person.disabled);
            let is_admin = person.roles.has(Role::Admin) && !person.disabled;
            if was_admin && !is_admin && store::people::count_admins(&*txn).await? <= 1 {
                return Err(Error::LastAdmin);
            }
            if before == (person.roles.clone(), person.disabled) {
                return Ok(Account::of(&person));
            }
            self.touch(&mut person);
            store::people::update(&*txn, &person).await?;
            if before.0 != person.roles {
                let event = UserRoleChanged {
                    user_id: person.id,
                    roles: person.roles.clone(),
                };
                bus::append(&*txn, &self.ambient, operation, crate::NAME, &event).await?;
                let detail = json!({ "before": before.0, "now": person.roles });
                self.audit(&txn, operation, "roles.changed", Some(id), detail)
                    .await?;
            }
            if before.1 != person.disabled {
                let event = UserLocked {
                    user_id: person.id,
                    locked: person.disabled,
                };
                bus::append(&*txn, &self.ambient, operation, crate::NAME, &event).await?;
                let action = match person.disabled {
                    true => "account.disabled",
                    false => "account.enabled",
                };
                self.audit(&txn, operation, action, Some(id), json!({}))
                    .await?;
            }
            if person.disabled {
                self.revoke_sessions(&txn, operation, id, None).await?;
            }
            txn.commit().await?;
            self.standings.invalidate_all();
            Ok(Account::of(&person))
        })
        .await
    }

    /// For who has lost authenticator and recovery codes. The password alone lets them in again, so
    /// whoever asks has made sure that it is them.
    pub(crate) async fn remove_factor_of(
        &self,
        operation: &Operation,
        caller: &Caller,
        user: UserId,
    ) -> Result<(), Error> {
        self.require_recent(caller).await?;
        self.remove_factor(operation, user).await
    }

    /// The operator's way, when there is no administrator who could.
    pub(crate) async fn remove_factor_of_login(
        &self,
        operation: &Operation,
        login: &str,
    ) -> Result<(), Error> {
        let folded = text::fold(&text::clean(login));
        let found = store::people::find_login(self.database.read(), &folded).await?;
        let (person, _) = found.ok_or(Error::NoLogin)?;
        self.remove_factor(operation, person.id).await
    }

    async fn remove_factor(&self, operation: &Operation, user: UserId) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        let person = store::people::find_for_change(&*txn, user).await?;
        person.ok_or(Error::NoAccount)?;
        if !store::totp::delete(&*txn, user).await? {
            return Err(Error::NoFactor);
        }
        let ended = self.revoke_sessions(&txn, operation, user, None).await?;
        let event = UserMfaChanged {
            user_id: user,
            enabled: false,
        };
        bus::append(&*txn, &self.ambient, operation, crate::NAME, &event).await?;
        self.audit(&txn, operation, "mfa.removed", Some(user), json!({}))
            .await?;
        txn.commit().await?;
        self.forget_standings(&ended);
        Ok(())
    }
}
