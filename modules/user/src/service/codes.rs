//! The codes of the second factor: an authenticator's (RFC 6238), and those for when it is lost.

use database::Transaction;
use kernel::{ExposeSecret, Operation, SecretString, UserId};
use serde_json::json;
use totp_rs::{Algorithm, Builder, Secret, Totp};

use super::Service;
use super::sealing::{broken, hash};
use crate::Error;
use crate::store;
use crate::store::people::Person;

const CODES: usize = 10;
/// No letter or digit that is taken for another (Crockford's base 32).
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl Service {
    /// Whether `code` is the authenticator's at this time or an unused recovery code.
    pub(super) async fn is_second_factor(
        &self,
        txn: &Transaction,
        operation: &Operation,
        person: &Person,
        code: &SecretString,
    ) -> Result<bool, Error> {
        if !store::totp::is_confirmed(&**txn, person.id).await? {
            return Ok(false);
        }
        if self.is_code(txn, person, code).await? {
            return Ok(true);
        }
        let now = self.ambient.now();
        let hash = hash(&plain(code.expose_secret()));
        if !store::totp::redeem_code(&**txn, person.id, &hash, now).await? {
            return Ok(false);
        }
        let left = store::totp::count_codes(&**txn, person.id).await?;
        let detail = json!({ "left": left });
        self.audit(
            txn,
            operation,
            "mfa.recovery_code_used",
            Some(person.id),
            detail,
        )
        .await?;
        Ok(true)
    }

    /// Whether `code` is the authenticator's; a code counts once.
    pub(super) async fn is_code(
        &self,
        txn: &Transaction,
        person: &Person,
        code: &SecretString,
    ) -> Result<bool, Error> {
        let Some(found) = store::totp::find(&**txn, person.id).await? else {
            return Ok(false);
        };
        let secret = self
            .master_key
            .open(&totp_name(person.id), &found.sealed_secret)?;
        let now = u64::try_from(self.ambient.now().timestamp()).unwrap_or(0);
        let totp = authenticator(&secret, &person.username)?;
        let Some(step) = totp.check(code.expose_secret(), now) else {
            return Ok(false);
        };
        let step = i64::try_from(step).unwrap_or(i64::MAX);
        Ok(store::totp::use_step(&**txn, person.id, step).await?)
    }

    pub(super) async fn new_codes(
        &self,
        txn: &Transaction,
        user: UserId,
    ) -> Result<Vec<String>, Error> {
        let codes: Vec<String> = (0..CODES).map(|_| self.new_code()).collect();
        let hashes: Vec<Vec<u8>> = codes.iter().map(|code| hash(&plain(code))).collect();
        store::totp::replace_codes(&**txn, user, &hashes, self.ambient.now()).await?;
        Ok(codes)
    }

    /// 80 random bits in four groups of four letters, as people copy them.
    fn new_code(&self) -> String {
        let letters = self.ambient.bytes::<16>().map(|byte| {
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

/// What a person types of a recovery code, as it was made.
fn plain(code: &str) -> String {
    let letters = code.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_uppercase()).collect()
}

pub(super) fn totp_name(user: UserId) -> String {
    format!("totp/{user}")
}

pub(super) fn authenticator(secret: &[u8], account: &str) -> Result<Totp, Error> {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(30)
        .with_secret(Secret::new(secret.into()))
        .with_issuer(Some("GO-PRO"))
        .with_account_name(account)
        .build()
        .map_err(broken)
}
