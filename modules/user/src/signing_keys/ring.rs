//! The key ring: Ed25519 keys, sealed at rest with the master key.
//!
//! The state of a key follows from three times, so that no task has to move it and every instance
//! agrees: pending until `activates_at`, active until `retires_at`, retired until `removed_at`.
//! A clock may lie, so each key activates after those that were made before it, the first that is
//! left signs even when a clock says that its time is still to come, and what an emergency has
//! revoked counts nowhere.

use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use contracts::user::VerifyingKey;
use database::{Database, Transaction};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kernel::Env;
use serde::Serialize;
use token::TokenClass;

use super::store::{self, KeyPurpose, SealedKey};
use crate::error::Error;
use crate::sealing::{MasterKey, OTHER_KEY};

/// The keys as this instance last read them.
#[derive(Clone)]
pub(crate) struct KeyRing {
    database: Database,
    env: Env,
    master_key: MasterKey,
    keys: Arc<RwLock<Arc<Vec<OpenKey>>>>,
}

struct OpenKey {
    sealed: SealedKey,
    /// None where the master key was replaced and this process has missed it.
    signing: Option<EncodingKey>,
}

impl KeyRing {
    /// Opens the stored keys; makes the first one of each purpose when there is none.
    pub(crate) async fn open(
        database: Database,
        env: Env,
        master_key: MasterKey,
    ) -> Result<Self, Error> {
        for purpose in [KeyPurpose::Token, KeyPurpose::Credential] {
            if store::list_for(database.read(), purpose).await?.is_empty() {
                let txn = database.begin().await?;
                if store::list_for(&txn, purpose).await?.is_empty() {
                    let now = env.now();
                    let key = generate(&master_key, purpose, now, now)?;
                    store::insert(&txn, &key).await?;
                    txn.commit().await?;
                }
            }
        }
        let ring = Self {
            database,
            env,
            master_key,
            keys: Arc::default(),
        };
        ring.reload().await?;
        Ok(ring)
    }

    /// Reads the keys again, so that what another process has rotated or revoked counts here too, even
    /// if their private parts are sealed with another master key.
    pub(crate) async fn reload(&self) -> Result<(), Error> {
        let now = self.env.now();
        let stored = store::list(self.database.read()).await?;
        let mut keys = Vec::with_capacity(stored.len());
        let mut failure = None;
        for sealed in stored {
            if !sealed.is_removed(now) {
                let private = self
                    .master_key
                    .open(&sealed.key_id, &sealed.sealed_private_key);
                let signing = match private {
                    Ok(private) => Some(EncodingKey::from_ed_der(&private)),
                    Err(error) => {
                        failure = Some(error);
                        None
                    }
                };
                keys.push(OpenKey { sealed, signing });
            }
        }
        let mut current = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(keys);
        failure.map_or(Ok(()), Err)
    }

    pub(crate) fn sign(&self, class: TokenClass, claims: &impl Serialize) -> Result<String, Error> {
        self.sign_as(KeyPurpose::Token, class.typ(), ToOwned::to_owned, claims)
    }

    /// Signs with the newest key of a purpose; `name` makes the `kid` of the header from its id.
    pub(super) fn sign_as(
        &self,
        purpose: KeyPurpose,
        typ: &str,
        name: impl Fn(&str) -> String,
        claims: &impl Serialize,
    ) -> Result<String, Error> {
        let now = self.env.now();
        let keys = self.current();
        let suited = keys.iter().filter(|key| key.sealed.purpose == purpose);
        let key = signer(suited, |key| &key.sealed, now);
        let key = key.ok_or_else(|| Error::internal("no signing key is active"))?;
        let signing = key.signing.as_ref();
        let signing = signing.ok_or_else(|| Error::internal(OTHER_KEY))?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(typ.to_owned());
        header.kid = Some(name(&key.sealed.key_id));
        jsonwebtoken::encode(&header, claims, signing).map_err(Error::internal)
    }

    /// The keys whose signatures of tokens count or will count.
    pub(crate) fn verifying(&self) -> Vec<VerifyingKey> {
        self.verifying_for(KeyPurpose::Token)
    }

    pub(super) fn verifying_for(&self, purpose: KeyPurpose) -> Vec<VerifyingKey> {
        let now = self.env.now();
        let keys = self.current();
        let suited = keys.iter().filter(|key| key.sealed.purpose == purpose);
        let counting = suited.filter(|key| !key.sealed.is_removed(now));
        counting
            .map(|key| VerifyingKey {
                key_id: key.sealed.key_id.clone(),
                x: key.sealed.public_x.clone(),
            })
            .collect()
    }

    /// A new key, sealed, that signs from `activates_at` on.
    pub(crate) fn generate(
        &self,
        purpose: KeyPurpose,
        now: DateTime<Utc>,
        activates_at: DateTime<Utc>,
    ) -> Result<SealedKey, Error> {
        generate(&self.master_key, purpose, now, activates_at)
    }

    /// Seals every private key with `next`.
    pub(crate) async fn reseal(&self, txn: &Transaction, next: &MasterKey) -> Result<(), Error> {
        for key in store::list(txn).await? {
            let sealed = &key.sealed_private_key;
            let sealed = self.master_key.reseal(next, &key.key_id, sealed)?;
            store::set_sealed(txn, &key.key_id, &sealed).await?;
        }
        Ok(())
    }

    fn current(&self) -> Arc<Vec<OpenKey>> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&keys)
    }
}

/// The key that signs: of those that are left, the last whose time has come, else the first.
/// `keys` begin with the one that activates last.
pub(super) fn signer<'a, K>(
    keys: impl DoubleEndedIterator<Item = &'a K> + Clone,
    sealed: impl Fn(&K) -> &SealedKey,
    now: DateTime<Utc>,
) -> Option<&'a K> {
    let left = keys.filter(|key| !sealed(key).is_removed(now));
    let active = left.clone().find(|key| sealed(key).activates_at <= now);
    active.or_else(|| left.last())
}

fn generate(
    master_key: &MasterKey,
    purpose: KeyPurpose,
    now: DateTime<Utc>,
    activates_at: DateTime<Utc>,
) -> Result<SealedKey, Error> {
    let pair = Ed25519KeyPair::generate().map_err(Error::internal)?;
    let document = pair.to_pkcs8v1().map_err(Error::internal)?;
    let public = pair.public_key().as_ref().to_vec();
    let key_id = BASE64_URL_SAFE_NO_PAD.encode(&digest(&SHA256, &public).as_ref()[..12]);
    Ok(SealedKey {
        sealed_private_key: master_key.seal(&key_id, document.as_ref())?,
        key_id,
        purpose,
        public_x: BASE64_URL_SAFE_NO_PAD.encode(public),
        created_at: now,
        activates_at,
        retires_at: None,
        removed_at: None,
        revoked: false,
    })
}
