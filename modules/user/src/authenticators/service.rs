//! The codes of the second factor: an authenticator's (RFC 6238), and those for when it is lost.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use contracts::user::UserMfaChanged;
use database::Transaction;
use kernel::{Env, ExposeSecret, Operation, Role, SecretString, UserId};
use rest::MFA_ENROLL;
use serde_json::json;
use totp_rs::{Algorithm, Builder, Secret, Totp};

use super::store;
use crate::audit::{self, AuditAction};
use crate::domain::{MODULE, UserRecord};
use crate::error::Error;
use crate::sealing::{MasterKey, hash};

const CODES: usize = 10;
/// No letter or digit that is taken for another (Crockford's base 32).
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

pub(crate) struct Service {
    env: Env,
    master_key: MasterKey,
    audit: Arc<audit::Service>,
    /// The roles that must have a second factor.
    roles: Vec<Role>,
}

impl Service {
    pub(crate) fn new(
        env: Env,
        master_key: MasterKey,
        audit: Arc<audit::Service>,
        roles: Vec<Role>,
    ) -> Self {
        Self {
            env,
            master_key,
            audit,
            roles,
        }
    }

    /// What the tokens of a session are good for: everything, or nothing but setting up the second
    /// factor that a role of the user wants.
    pub(crate) fn session_scope(&self, account: &UserRecord, enrolled: bool) -> &'static str {
        if self.owes_second_factor(account) && !enrolled {
            MFA_ENROLL
        } else {
            ""
        }
    }

    /// Whether a role of the user wants a second factor.
    pub(crate) fn owes_second_factor(&self, account: &UserRecord) -> bool {
        let required = |role| self.roles.contains(&role);
        account.roles.iter().any(required)
    }

    /// The secret of a new authenticator, and how it is kept.
    pub(crate) fn new_secret(&self, user: UserId) -> Result<([u8; 20], String), Error> {
        let secret = self.env.bytes::<20>();
        let sealed = self.master_key.seal(&totp_name(user), &secret)?;
        Ok((secret, sealed))
    }

    /// Seals the secret of every authenticator with `next`.
    pub(crate) async fn reseal(&self, txn: &Transaction, next: &MasterKey) -> Result<(), Error> {
        store::delete_unconfirmed(txn).await?;
        for found in store::lock_all(txn).await? {
            let name = totp_name(found.user_id);
            let sealed = self.master_key.reseal(next, &name, &found.sealed_secret)?;
            store::set_sealed(txn, found.user_id, &sealed).await?;
        }
        Ok(())
    }

    /// Whether `code` is the authenticator's at this time or an unused recovery code.
    pub(crate) async fn is_second_factor(
        &self,
        txn: &Transaction,
        operation: &Operation,
        account: &UserRecord,
        code: &SecretString,
    ) -> Result<bool, Error> {
        if !store::is_confirmed(txn, account.id).await? {
            return Ok(false);
        }
        if self.is_code(txn, account, code).await? {
            return Ok(true);
        }
        let now = self.env.now();
        let hash = hash(&plain(code.expose_secret()));
        if !store::redeem_code(txn, account.id, &hash, now).await? {
            return Ok(false);
        }
        let left = store::count_codes(txn, account.id).await?;
        let entry = AuditAction::MfaRecoveryCodeUsed.about(account.id, json!({ "left": left }));
        self.audit.record(txn, operation, entry).await?;
        Ok(true)
    }

    /// Whether `code` is the authenticator's; a code counts once.
    pub(crate) async fn is_code(
        &self,
        txn: &Transaction,
        account: &UserRecord,
        code: &SecretString,
    ) -> Result<bool, Error> {
        let Some(found) = store::find(txn, account.id).await? else {
            return Ok(false);
        };
        let secret = self
            .master_key
            .open(&totp_name(account.id), &found.sealed_secret)?;
        let now = u64::try_from(self.env.now().timestamp()).unwrap_or(0);
        let totp = authenticator(&secret, &account.username)?;
        let Some(step) = totp.check(code.expose_secret(), now) else {
            return Ok(false);
        };
        let step = i64::try_from(step).unwrap_or(i64::MAX);
        store::use_step(txn, account.id, step).await
    }

    pub(crate) async fn new_codes(
        &self,
        txn: &Transaction,
        user: UserId,
    ) -> Result<Vec<String>, Error> {
        let codes: Vec<String> = (0..CODES).map(|_| self.new_code()).collect();
        let hashes: Vec<Vec<u8>> = codes.iter().map(|code| hash(&plain(code))).collect();
        store::replace_codes(txn, user, &hashes, self.env.now()).await?;
        Ok(codes)
    }

    /// Takes away what was set up since `since`, or all of it; returns whether a factor that was
    /// required is required no more.
    pub(crate) async fn revoke(
        &self,
        txn: &Transaction,
        operation: &Operation,
        account: &UserRecord,
        since: Option<DateTime<Utc>>,
    ) -> Result<bool, Error> {
        let user = account.id;
        let was_asked = store::is_confirmed(txn, user).await?;
        store::delete_since(txn, user, since).await?;
        let removed = was_asked && !store::is_confirmed(txn, user).await?;
        if removed {
            let event = UserMfaChanged {
                user_id: user,
                enabled: false,
            };
            bus::append(txn, &self.env, operation, MODULE, &event).await?;
        }
        Ok(removed)
    }

    /// 80 random bits in four groups of four characters, as users copy them.
    fn new_code(&self) -> String {
        let letters = self.env.bytes::<16>().map(|byte| {
            let letter = LETTERS.get(usize::from(byte & 31)).copied();
            char::from(letter.unwrap_or(b'0'))
        });
        let groups: Vec<String> = letters
            .chunks(4)
            .map(|group| group.iter().collect())
            .collect();
        groups.join("-")
    }
}

/// What a user types of a recovery code, as it was made.
fn plain(code: &str) -> String {
    let letters = code.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_uppercase()).collect()
}

fn totp_name(user: UserId) -> String {
    format!("totp/{user}")
}

pub(crate) fn authenticator(secret: &[u8], account: &str) -> Result<Totp, Error> {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(30)
        .with_secret(Secret::new(secret.into()))
        .with_issuer(Some("GO-PRO"))
        .with_account_name(account)
        .build()
        .map_err(Error::internal)
}
