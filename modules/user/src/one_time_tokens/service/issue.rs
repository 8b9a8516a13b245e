//! Issuing and redeeming.

use chrono::{DateTime, Utc};
use database::Transaction;
use kernel::{ExposeSecret, OneTimeTokenId, SecretString};

use super::super::new_token::NewToken;
use super::super::store::{self, OneTimeToken};
use super::Service;
use crate::domain::{Purpose, email_address};
use crate::error::Error;
use crate::sealing::hash;
use crate::users;

/// Purposes whose older links a new one does not end, because a stranger can request each; the first
/// that is used ends the others.
const SEVERAL: [Purpose; 3] = [
    Purpose::Register,
    Purpose::RegisterUnsent,
    Purpose::ResetPassword,
];

impl Service {
    /// Makes a token; an older one of the same purpose, user, sender and address counts no longer.
    /// Those who register with one address do not know of each other, so the link of each stays its
    /// own, and a link to a new password stays until one is used.
    pub(crate) async fn issue(
        &self,
        txn: &Transaction,
        new: NewToken,
    ) -> Result<OneTimeTokenId, Error> {
        let until = self.env.now() + new.purpose.lifetime();
        self.issue_until(txn, new, until).await
    }

    /// The same for a token that counts longer or shorter than others of its purpose.
    pub(crate) async fn issue_until(
        &self,
        txn: &Transaction,
        new: NewToken,
        expires_at: DateTime<Utc>,
    ) -> Result<OneTimeTokenId, Error> {
        let now = self.env.now();
        let email = email_address::key(&new.email);
        if !SEVERAL.contains(&new.purpose) {
            let (user, by) = (new.user, new.requested_by);
            store::supersede(txn, new.purpose, user, by, &email, now).await?;
        }
        let token = OneTimeToken {
            id: self.env.id(),
            purpose: new.purpose,
            user_id: new.user,
            requested_by: new.requested_by,
            email,
            sealed_secret: None,
            data: new.data,
            created_at: now,
            expires_at,
            used_at: None,
        };
        let secret = self.secret(token.id);
        store::insert(txn, &token, &hash(secret.expose_secret())).await?;
        Ok(token.id)
    }

    /// Uses a token of one of `purposes` up. Whatever else changes a user locks them before their
    /// tokens, and so does this; who has no account yet is held apart by their address.
    pub(crate) async fn redeem(
        &self,
        txn: &Transaction,
        secret: &SecretString,
        purposes: &[Purpose],
    ) -> Result<OneTimeToken, Error> {
        let token = self.open(txn, secret, purposes).await?;
        match token.user_id {
            Some(user) => drop(users::find_for_change(txn, user).await?),
            None => drop(store::lock_unused(txn, &[token.purpose], &token.email).await?),
        }
        let now = self.env.now();
        match store::redeem(txn, token.id, now).await? {
            true => Ok(token),
            false => Err(Error::OneTimeTokenRefused),
        }
    }

    /// The token that a secret is of, when it still counts, without using it up.
    pub(crate) async fn open(
        &self,
        txn: &Transaction,
        secret: &SecretString,
        purposes: &[Purpose],
    ) -> Result<OneTimeToken, Error> {
        let now = self.env.now();
        let found = store::find_by_token(txn, &hash(secret.expose_secret())).await?;
        found
            .filter(|token| token.is_valid(now))
            .filter(|token| purposes.contains(&token.purpose))
            .ok_or(Error::OneTimeTokenRefused)
    }
}
