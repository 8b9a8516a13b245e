//! Roles by what a provider says of a user.

use database::Transaction;
use kernel::{Operation, Role, Roles};

use super::super::settings::ClaimedRole;
use super::Service;
use crate::domain::UserRecord;
use crate::error::Error;
use crate::identities::{self, Identity};
use crate::users;

/// The roles of somebody new.
pub(super) fn roles_with(granted: Option<Role>) -> Roles {
    let roles: Vec<Role> = [Role::Student].into_iter().chain(granted).collect();
    roles.into()
}

impl Service {
    /// Gives the role that the provider claims, and takes away the one that it gave before; a role that
    /// the user had before stays, and the last administrator stays one. Returns whether the roles have
    /// changed.
    pub(super) async fn apply_role(
        &self,
        txn: &Transaction,
        operation: &Operation,
        account: &mut UserRecord,
        identity: &Identity,
        claimed: ClaimedRole,
    ) -> Result<bool, Error> {
        if claimed == ClaimedRole::Unknown {
            return Ok(false);
        }
        let (given, before) = (identity.granted_role, account.roles.clone());
        let claimed = claimed.role();
        let kept = before
            .iter()
            .filter(|role| claimed == Some(*role) || given != Some(*role));
        let roles: Roles = kept.chain(claimed).collect::<Vec<_>>().into();
        let granted = claimed.filter(|role| given == Some(*role) || !before.has(*role));
        match self.set_roles(txn, operation, account, roles).await {
            // Without an administrator, nobody could appoint one.
            Err(Error::LastAdmin) => Ok(false),
            Err(error) => Err(error),
            Ok(changed) => {
                if granted != given {
                    identities::set_granted_role(txn, identity.id, granted).await?;
                }
                Ok(changed)
            }
        }
    }

    /// Takes away the role that an identity gave, which goes with it.
    pub(super) async fn take_role(
        &self,
        txn: &Transaction,
        operation: &Operation,
        account: &mut UserRecord,
        identity: &Identity,
    ) -> Result<bool, Error> {
        let Some(given) = identity.granted_role else {
            return Ok(false);
        };
        let kept = account.roles.iter().filter(|role| *role != given);
        let roles: Roles = kept.collect::<Vec<_>>().into();
        self.set_roles(txn, operation, account, roles).await
    }

    /// Whether the locks of a demotion are needed before the user is locked.
    pub(super) async fn lock_for(
        &self,
        txn: &Transaction,
        identity: Option<&Identity>,
    ) -> Result<(), Error> {
        let granted = identity.and_then(|identity| identity.granted_role);
        match granted {
            Some(Role::Admin) => users::lock_admins(txn).await,
            _ => Ok(()),
        }
    }

    async fn set_roles(
        &self,
        txn: &Transaction,
        operation: &Operation,
        account: &mut UserRecord,
        roles: Roles,
    ) -> Result<bool, Error> {
        if roles == account.roles {
            return Ok(false);
        }
        let demotes = account.is_active_admin() && !roles.has(Role::Admin);
        if demotes && users::count_admins(txn).await? <= 1 {
            return Err(Error::LastAdmin);
        }
        let before = std::mem::replace(&mut account.roles, roles);
        let operation = operation.by(account.id);
        self.accounts
            .publish_roles(txn, &operation, account, &before)
            .await?;
        Ok(true)
    }
}
