//! The first administrator: by a token that the server prints once, because there are no default
//! credentials.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use database::idempotency;
use kernel::{ExposeSecret, Operation, Outcome, Role, SecretString};

use super::super::new_account::NewAccount;
use super::super::request::SetUp;
use super::super::store;
use super::super::view::Account;
use super::Service;
use crate::error::Error;
use crate::sealing::hash;
use crate::users;

impl Service {
    pub(crate) async fn issue_setup_token(&self) -> Result<Option<SecretString>, Error> {
        let txn = self.database.begin().await?;
        if users::count_admins(&txn).await? > 0 {
            return Ok(None);
        }
        let token = BASE64_URL_SAFE_NO_PAD.encode(self.env.bytes::<32>());
        store::replace(&txn, &hash(&token), self.env.now()).await?;
        txn.commit().await?;
        Ok(Some(token.into()))
    }

    pub(crate) async fn create_first_admin(
        &self,
        operation: &Operation,
        wanted: SetUp,
    ) -> Result<Outcome<Account>, Error> {
        let token = hash(wanted.setup_token.expose_secret());
        let _turn = self.turns.take_key(operation).await;
        if let Some(first) = self.admit_setup(operation, &token).await? {
            return Ok(first);
        }
        let account = NewAccount {
            id: None,
            username: wanted.username,
            email: wanted.email,
            password: wanted.password,
            display_name: None,
            locale: None,
            time_zone: None,
            roles: vec![Role::Student, Role::Instructor, Role::Admin].into(),
        };
        let (mut account, password_hash) = self.prepare(account).await?;
        // Whoever reads the server's output vouches for the address.
        account.email_verified_at = Some(account.created_at);
        account.owner_shown_at = Some(account.created_at);
        let txn = self.database.begin().await?;
        if let Some(first) = idempotency::replay(&txn, self.env.now(), operation).await? {
            return Ok(first);
        }
        let redeemed = store::redeem(&txn, &token).await?;
        if !redeemed || users::count_admins(&txn).await? > 0 {
            return Err(Error::SetupRefused);
        }
        self.insert(&txn, operation, &account, &password_hash)
            .await?;
        let kept = idempotency::keep(&txn, operation, Account::of(&account)).await?;
        txn.commit().await?;
        Ok(kept)
    }

    /// Spares strangers' requests the hashing: the first answer of a repeated request, or nothing
    /// when the token counts. The transaction ends without a commit, so the key stays unclaimed.
    async fn admit_setup(
        &self,
        operation: &Operation,
        token: &[u8],
    ) -> Result<Option<Outcome<Account>>, Error> {
        let txn = self.database.begin().await?;
        if let Some(first) = idempotency::replay(&txn, self.env.now(), operation).await? {
            return Ok(Some(first));
        }
        match store::exists(&txn, token).await? {
            true => Ok(None),
            false => Err(Error::SetupRefused),
        }
    }
}
