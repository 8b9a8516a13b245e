//! The first administrator: by a token that the server prints once, because there are no default
//! credentials.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use kernel::{ExposeSecret, Operation, SecretString};

use super::{NewAccount, Service, login};
use crate::Error;
use crate::http::me::Account;
use crate::store;

impl Service {
    pub(crate) async fn issue_setup_token(&self) -> Result<Option<SecretString>, Error> {
        let txn = self.database.begin().await?;
        if store::people::count_admins(&*txn).await? > 0 {
            return Ok(None);
        }
        let token = BASE64_URL_SAFE_NO_PAD.encode(self.ambient.bytes::<32>());
        store::setup::replace(&*txn, &login::hash(&token), self.ambient.now()).await?;
        txn.commit().await?;
        Ok(Some(token.into()))
    }

    pub(crate) async fn set_up(
        &self,
        operation: &Operation,
        token: &SecretString,
        account: NewAccount,
    ) -> Result<Account, Error> {
        let (person, password_hash) = self.prepare(account).await?;
        let txn = self.database.begin().await?;
        let redeemed = store::setup::redeem(&*txn, &login::hash(token.expose_secret())).await?;
        if !redeemed || store::people::count_admins(&*txn).await? > 0 {
            return Err(Error::SetupRefused);
        }
        self.insert(&txn, operation, &person, &password_hash)
            .await?;
        txn.commit().await?;
        Ok(Account::of(&person))
    }
}
