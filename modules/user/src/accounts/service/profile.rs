//! What is seen of an account, and what users change about themselves.

use std::sync::Arc;

use contracts::user::UserUpdated;
use database::Transaction;
use kernel::{Caller, Expected, Operation, Role, UserId};

use super::super::avatar;
use super::super::fields::{check_locale, check_zone, refuse};
use super::super::request::UpdateMe;
use super::super::view::{Account, Profile};
use super::Service;
use crate::domain::{MODULE, ProfileVisibility, UserRecord};
use crate::error::Error;
use crate::users;

impl Service {
    pub(crate) async fn get(&self, id: UserId) -> Result<Arc<Account>, Error> {
        // Taken before the reading, so that a commit in between makes the answer stale.
        let now = self.database.content_state(self.env.now());
        let known = self.read.get(&id);
        if let Some((_, account)) = known.filter(|(read, _)| read.holds(now)) {
            return Ok(account);
        }
        let account = Arc::new(Account::of(&users::get(self.database.read(), id).await?));
        self.read.insert(id, (now, Arc::clone(&account)));
        Ok(account)
    }

    /// What `caller` may see of a user.
    pub(crate) async fn profile(&self, caller: &Caller, id: UserId) -> Result<Profile, Error> {
        let account = users::get(self.database.read(), id).await?;
        let account = Some(account).filter(|account| account.deletion_scheduled_at.is_none());
        let account = account.ok_or(Error::NoAccount)?;
        let sees_all = caller.user_id == id || caller.has(Role::Admin);
        let visibility = match sees_all {
            true => ProfileVisibility::Full,
            false => account.visibility,
        };
        if visibility == ProfileVisibility::Hidden {
            return Err(Error::NoAccount);
        }
        let full = visibility == ProfileVisibility::Full;
        Ok(Profile {
            id,
            username: account.username,
            display_name: account.display_name,
            bio: full.then_some(account.bio),
            avatar_url: account.avatar_url.filter(|_| full),
        })
    }

    pub(crate) async fn update(
        &self,
        operation: &Operation,
        id: UserId,
        expected: &Expected,
        change: UpdateMe,
    ) -> Result<Account, Error> {
        let txn = self.database.begin().await?;
        let mut account = users::get_for_change(&txn, id).await?;
        expected.check(account.version)?;
        let before = account.clone();
        change.apply(&mut account);
        let avatar = account.avatar_url.as_deref().map(avatar::parse).transpose();
        if let Ok(avatar) = &avatar {
            account.avatar_url.clone_from(avatar);
        }
        if account == before {
            return Ok(Account::of(&account));
        }
        let mut faults = check_zone(&account.time_zone);
        faults.extend(check_locale(&account.locale));
        faults.extend(avatar.err());
        refuse(faults)?;
        account.note_change(self.env.now());
        users::update(&txn, &account).await?;
        self.publish_updated(&txn, operation, &account).await?;
        txn.commit().await?;
        Ok(Account::of(&account))
    }

    /// Publishes everything that the other modules need to know of a user.
    pub(crate) async fn publish_updated(
        &self,
        txn: &Transaction,
        operation: &Operation,
        account: &UserRecord,
    ) -> Result<(), Error> {
        let event = UserUpdated {
            user_id: account.id,
            username: account.username.clone(),
            display_name: account.display_name.clone(),
            email: account.email.clone(),
            email_verified: account.email_verified_at.is_some(),
            locale: account.locale.clone(),
            time_zone: account.time_zone.clone(),
        };
        bus::append(txn, &self.env, operation, MODULE, &event).await?;
        Ok(())
    }
}
