//! One-time tokens that are issued, emailed and redeemed.
//!
//! The secret is derived from the token's id by the master key and kept as a hash, so that the
//! email can be written again after a failed try and no table or event holds the secret.

mod email_content;
mod issue;
mod limits;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use database::{Database, Transaction};
use kernel::{Env, ExposeSecret, OneTimeTokenId, SecretString};

use super::store::{self, OneTimeToken};
use crate::audit;
use crate::error::Error;
use crate::sealing::MasterKey;

/// The minimum time of an answer that must not reveal whether there is an account: longer than
/// all that is done for somebody who has one.
pub(crate) const MIN_RESPONSE_TIME: Duration = Duration::from_millis(100);

pub(crate) struct Service {
    database: Database,
    env: Env,
    master_key: MasterKey,
    audit: Arc<audit::Service>,
    /// The address of the pages that the links of emails open.
    account_url: String,
}

impl Service {
    pub(crate) fn new(
        database: Database,
        env: Env,
        master_key: MasterKey,
        audit: Arc<audit::Service>,
        account_url: String,
    ) -> Self {
        Self {
            database,
            env,
            master_key,
            audit,
            account_url,
        }
    }

    /// Seals with `next` the secrets of the tokens that count, so that those of emails that were not
    /// sent yet stay what their hashes are of.
    pub(crate) async fn reseal(&self, txn: &Transaction, next: &MasterKey) -> Result<(), Error> {
        for token in store::lock_open(txn, self.env.now()).await? {
            let secret = self.secret_of(&token)?;
            let sealed = next.seal(&sealed_name(token.id), secret.expose_secret().as_bytes())?;
            store::set_sealed(txn, token.id, &sealed).await?;
        }
        Ok(())
    }

    /// The secret of a token that was issued before.
    fn secret_of(&self, token: &OneTimeToken) -> Result<SecretString, Error> {
        let Some(sealed) = &token.sealed_secret else {
            return Ok(self.secret(token.id));
        };
        let opened = self.master_key.open(&sealed_name(token.id), sealed)?;
        let secret = String::from_utf8(opened).map_err(Error::internal)?;
        Ok(secret.into())
    }

    /// The secret of a token that is issued now.
    pub(crate) fn secret(&self, id: OneTimeTokenId) -> SecretString {
        let bytes = self
            .master_key
            .derive("one_time_token", id.uuid().as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(bytes).into()
    }
}

fn sealed_name(id: OneTimeTokenId) -> String {
    format!("one_time_token/{id}")
}
