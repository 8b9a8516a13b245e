//! Roles by what a provider says of a user.

use database::Transaction;
use kernel::{Operation, Role, Roles};

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
    /// Gives the role that the provider says, and takes the one that it said before; whoever else gave a
    /// role keeps their say. Nothing changes without a rule, and the last administrator stays one. Returns
    /// whether the roles have changed.
    pub(super) async fn apply_role(
        &self,
        txn: &Transaction,
        operation: &Operation,
        account: &mut UserRecord,
        identity: &Identity,
        said: Option<Role>,
    ) -> Result<bool, Error> {
        let has_rule = self.provider(&identity.provider)?.settings.roles.is_some();
        if !has_rule {
            return Ok(false);
        }
        let (given, before) = (identity.granted_role, account.roles.clone());
        let kept = before
            .iter()
            .filter(|role| said == Some(*role) || given != Some(*role));
        let roles: Roles = kept.chain(said).collect::<Vec<_>>().into();
        let demotes = account.is_active_admin() && !roles.has(Role::Admin);
        if demotes && users::count_admins(txn).await? <= 1 {
            return Ok(false);
        }
        let granted = said.filter(|role| given == Some(*role) || !before.has(*role));
        if granted != given {
            identities::set_granted_role(txn, identity.id, granted).await?;
        }
        if roles == before {
            return Ok(false);
        }
        account.roles = roles;
        let operation = operation.by(account.id);
        self.accounts
            .publish_roles(txn, &operation, account, &before)
            .await?;
        Ok(true)
    }
}
