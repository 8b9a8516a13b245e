//! The first administrator: by a token that the server prints once, because there are no default
//! credentials.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use database::idempotency;
use kernel::{ExposeSecret, Operation, Outcome, Role, SecretString};

use super::{NewAccount, Service, sealing};
use crate::Error;
use crate::command::SetUp;
use crate::store;
use crate::view::Account;

impl Service {
    pub(crate) async fn issue_setup_token(&self) -> Result<Option<SecretString>, Error> {
        let txn = self.database.begin().await?;
        if store::people::count_admins(&*txn).await? > 0 {
            return Ok(None);
        }
        let token = BASE64_URL_SAFE_NO_PAD.encode(self.ambient.bytes::<32>());
        store::setup::replace(&*txn, &sealing::hash(&token), self.ambient.now()).await?;
        txn.commit().await?;
        Ok(Some(token.into()))
    }

    pub(crate) async fn set_up(
        &self,
        operation: &Operation,
        wanted: SetUp,
    ) -> Result<Outcome<Account>, Error> {
        let token = sealing::hash(wanted.setup_token.expose_secret());
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
        let (mut person, password_hash) = self.prepare(account).await?;
        // Whoever reads the server's output vouches for the address.
        person.email_verified_at = Some(person.created_at);
        let txn = self.database.begin().await?;
        if let Some(first) = idempotency::replay(&*txn, self.ambient.now(), operation).await? {
            return Ok(first);
        }
        let redeemed = store::setup::redeem(&*txn, &token).await?;
        if !redeemed || store::people::count_admins(&*txn).await? > 0 {
            return Err(Error::SetupRefused);
        }
        self.insert(&txn, operation, &person, &password_hash)
            .await?;
        let kept = idempotency::keep(&*txn, operation, Account::of(&person)).await?;
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
        if let Some(first) = idempotency::replay(&*txn, self.ambient.now(), operation).await? {
            return Ok(Some(first));
        }
        match store::setup::exists(&*txn, token).await? {
            true => Ok(None),
            false => Err(Error::SetupRefused),
        }
    }
}
