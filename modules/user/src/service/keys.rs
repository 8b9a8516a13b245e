//! The keys that sign tokens: Ed25519, sealed at rest with the master key.
//!
//! The state of a key follows from three times, so that no task has to move it and every instance
//! agrees: pending until `activates_at`, active until `retires_at`, retired until `removed_at`.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Duration as Span, Utc};
use contracts::user::VerifyingKey;
use database::{Database, Transaction};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kernel::{Ambient, Operation};
use rest::jwt::TokenClass;
use serde::Serialize;
use serde_json::json;

use super::Service;
use super::sealing::{MasterKey, broken};
use crate::Error;
use crate::store;
use crate::store::keys::SealedKey;

/// How long a new key is published before it signs: twice the time that a verifier may keep the
/// published set.
const PENDING: Span = Span::minutes(10);
/// What a clock may be ahead, on top of the life of the last token that a key has signed.
const MARGIN: Span = Span::minutes(1);

/// The keys as this instance last read them.
pub(crate) struct KeyRing {
    database: Database,
    ambient: Ambient,
    master_key: MasterKey,
    keys: RwLock<Arc<Vec<OpenKey>>>,
}

struct OpenKey {
    sealed: SealedKey,
    signing: EncodingKey,
}

/// What a key does at present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// Published, and will sign.
    Pending,
    /// Signs.
    Active,
    /// Signs no longer, and still verifies.
    Retired,
    /// Counts no longer.
    Removed,
}

/// A signing key as an operator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyView {
    /// The `kid` of its tokens.
    pub key_id: String,
    /// What it does at present.
    pub state: KeyState,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Since when, or from when on, it signs.
    pub activates_at: DateTime<Utc>,
    /// When it signs no longer.
    pub retires_at: Option<DateTime<Utc>>,
    /// When it verifies no longer.
    pub removed_at: Option<DateTime<Utc>>,
}

impl KeyRing {
    /// Opens the stored keys; makes the first one when there is none.
    pub(crate) async fn open(
        database: &Database,
        ambient: &Ambient,
        master_key: &MasterKey,
    ) -> Result<Self, Error> {
        if store::keys::list(database.read()).await?.is_empty() {
            let txn = database.begin().await?;
            if store::keys::list(&*txn).await?.is_empty() {
                let now = ambient.now();
                let key = generate(master_key, now, now)?;
                store::keys::insert(&*txn, &key).await?;
                txn.commit().await?;
            }
        }
        let ring = Self {
            database: database.clone(),
            ambient: ambient.clone(),
            master_key: master_key.clone(),
            keys: RwLock::default(),
        };
        ring.reload().await?;
        Ok(ring)
    }

    /// Reads the keys again, so that what another process has rotated counts here too.
    pub(crate) async fn reload(&self) -> Result<(), Error> {
        let now = self.ambient.now();
        let stored = store::keys::list(self.database.read()).await?;
        let mut keys = Vec::with_capacity(stored.len());
        for sealed in stored {
            if state(&sealed, now) != KeyState::Removed {
                let private = self
                    .master_key
                    .open(&sealed.key_id, &sealed.sealed_private_key)?;
                let signing = EncodingKey::from_ed_der(&private);
                keys.push(OpenKey { sealed, signing });
            }
        }
        let mut current = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(keys);
        Ok(())
    }

    pub(crate) fn sign(&self, class: TokenClass, claims: &impl Serialize) -> Result<String, Error> {
        let now = self.ambient.now();
        let keys = self.current();
        // The list begins with the key that signs last.
        let key = keys.iter().find(|key| key.sealed.activates_at <= now);
        let key = key.ok_or_else(|| broken("no signing key is active"))?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(class.typ().to_owned());
        header.kid = Some(key.sealed.key_id.clone());
        jsonwebtoken::encode(&header, claims, &key.signing).map_err(broken)
    }

    /// The keys whose signatures count or will count.
    pub(crate) fn verifying(&self) -> Vec<VerifyingKey> {
        let now = self.ambient.now();
        let keys = self.current();
        let counting = keys
            .iter()
            .filter(|key| state(&key.sealed, now) != KeyState::Removed);
        counting
            .map(|key| VerifyingKey {
                key_id: key.sealed.key_id.clone(),
                x: key.sealed.public_x.clone(),
            })
            .collect()
    }

    fn current(&self) -> Arc<Vec<OpenKey>> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&keys)
    }
}

impl Service {
    /// All keys that there ever were, the one that signs last comes first.
    pub(crate) async fn keys(&self) -> Result<Vec<KeyView>, Error> {
        let now = self.ambient.now();
        let keys = store::keys::list(self.database.read()).await?;
        Ok(keys.iter().map(|key| view(key, now)).collect())
    }

    /// Makes a new key. The older ones go on verifying until their last token has run out; in an
    /// emergency the new one signs at once and no older one counts any more.
    pub(crate) async fn rotate_keys(
        &self,
        operation: &Operation,
        emergency: bool,
    ) -> Result<KeyView, Error> {
        let txn = self.database.begin().await?;
        let older = store::keys::lock_unretired(&*txn).await?;
        let key = self
            .replace_keys(&txn, operation, &older, emergency)
            .await?;
        txn.commit().await?;
        self.keys.reload().await?;
        Ok(view(&key, self.ambient.now()))
    }

    /// Rotates when the newest key is older than the configured age; returns whether it was.
    pub(crate) async fn rotate_old_keys(&self) -> Result<bool, Error> {
        self.keys.reload().await?;
        let Some(age) = self.settings.key_rotation else {
            return Ok(false);
        };
        let due = self.ambient.now() - Span::from_std(age).unwrap_or(Span::MAX);
        let fresh = |keys: &[SealedKey]| keys.iter().any(|key| key.activates_at > due);
        if fresh(&store::keys::list(self.database.read()).await?) {
            return Ok(false);
        }
        let txn = self.database.begin().await?;
        let older = store::keys::lock_unretired(&*txn).await?;
        // Another instance may have rotated while this one waited for the lock; then nothing that
        // this one saw is left unretired.
        if older.is_empty() || fresh(&older) {
            return Ok(false);
        }
        let operation = Operation::system("scheduled key rotation");
        self.replace_keys(&txn, &operation, &older, false).await?;
        txn.commit().await?;
        self.keys.reload().await?;
        Ok(true)
    }

    async fn replace_keys(
        &self,
        txn: &Transaction,
        operation: &Operation,
        older: &[SealedKey],
        emergency: bool,
    ) -> Result<SealedKey, Error> {
        let now = self.ambient.now();
        let activates_at = if emergency { now } else { now + PENDING };
        let key = generate(&self.master_key, now, activates_at)?;
        store::keys::insert(&**txn, &key).await?;
        let lifetime = Span::from_std(self.settings.token.lifetime.max(Duration::from_secs(60)));
        let outlives = lifetime.unwrap_or(Span::days(1)) + MARGIN;
        for old in older {
            let removed_at = if emergency {
                now
            } else {
                activates_at + outlives
            };
            store::keys::retire(&**txn, &old.key_id, activates_at, removed_at).await?;
        }
        if emergency {
            store::keys::remove_retired(&**txn, now).await?;
        }
        let detail = json!({ "key_id": key.key_id, "emergency": emergency });
        self.audit(txn, operation, "key.rotated", None, detail)
            .await?;
        Ok(key)
    }
}

fn state(key: &SealedKey, now: DateTime<Utc>) -> KeyState {
    if key.removed_at.is_some_and(|moment| moment <= now) {
        KeyState::Removed
    } else if key.retires_at.is_some_and(|moment| moment <= now) {
        KeyState::Retired
    } else if key.activates_at > now {
        KeyState::Pending
    } else {
        KeyState::Active
    }
}

fn view(key: &SealedKey, now: DateTime<Utc>) -> KeyView {
    KeyView {
        key_id: key.key_id.clone(),
        state: state(key, now),
        created_at: key.created_at,
        activates_at: key.activates_at,
        retires_at: key.retires_at,
        removed_at: key.removed_at,
    }
}

fn generate(
    master_key: &MasterKey,
    now: DateTime<Utc>,
    activates_at: DateTime<Utc>,
) -> Result<SealedKey, Error> {
    let pair = Ed25519KeyPair::generate().map_err(broken)?;
    let document = pair.to_pkcs8v1().map_err(broken)?;
    let public = pair.public_key().as_ref().to_vec();
    let key_id = BASE64_URL_SAFE_NO_PAD.encode(&digest(&SHA256, &public).as_ref()[..12]);
    Ok(SealedKey {
        sealed_private_key: master_key.seal(&key_id, document.as_ref())?,
        key_id,
        public_x: BASE64_URL_SAFE_NO_PAD.encode(public),
        created_at: now,
        activates_at,
        retires_at: None,
        removed_at: None,
    })
}
