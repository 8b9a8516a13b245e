//! Listing and rotating the keys.

mod master_key;

use std::sync::Arc;
use std::time::Duration;

use chrono::Duration as Span;
use database::{Database, Transaction};
use kernel::{Env, Operation};
use serde_json::json;

use super::ring::{KeyRing, signer};
use super::store::{self, KeyPurpose, SealedKey};
use super::view::KeyView;
use crate::audit::{self, AuditAction};
use crate::error::Error;
use crate::{authenticators, one_time_tokens};

/// How long a new key is published before it signs: twice the time that a verifier may keep the
/// published set.
const PENDING: Span = Span::minutes(10);
/// What a clock may be ahead, on top of the life of the last token that a key has signed.
const MARGIN: Span = Span::minutes(1);

pub(crate) struct Service {
    database: Database,
    env: Env,
    audit: Arc<audit::Service>,
    ring: KeyRing,
    authenticators: Arc<authenticators::Service>,
    tokens: Arc<one_time_tokens::Service>,
    /// How long a token lives that a key has signed.
    lifetime: Duration,
    /// After what time a key is replaced; never when absent.
    rotation: Option<Duration>,
}

impl Service {
    #[expect(clippy::too_many_arguments, reason = "each is something that it needs")]
    pub(crate) fn new(
        database: Database,
        env: Env,
        audit: Arc<audit::Service>,
        ring: KeyRing,
        authenticators: Arc<authenticators::Service>,
        tokens: Arc<one_time_tokens::Service>,
        lifetime: Duration,
        rotation: Option<Duration>,
    ) -> Self {
        Self {
            database,
            env,
            audit,
            ring,
            authenticators,
            tokens,
            lifetime,
            rotation,
        }
    }

    /// All keys of tokens that there ever were, the one that signs last comes first.
    pub(crate) async fn list(&self) -> Result<Vec<KeyView>, Error> {
        let now = self.env.now();
        let keys = store::list_for(self.database.read(), KeyPurpose::Token).await?;
        let signs = signer(keys.iter(), |key| key, now).map(|key| key.key_id.as_str());
        let views = keys.iter();
        let views = views.map(|key| KeyView::of(key, signs == Some(key.key_id.as_str()), now));
        Ok(views.collect())
    }

    /// Makes a new key. The older ones go on verifying until their last token has run out; in an
    /// emergency the new one signs at once and no older one counts any more.
    pub(crate) async fn rotate(
        &self,
        operation: &Operation,
        emergency: bool,
    ) -> Result<KeyView, Error> {
        let txn = self.database.begin().await?;
        let older = store::lock_unretired(&txn, KeyPurpose::Token).await?;
        if emergency {
            self.replace_credential_keys(&txn).await?;
        }
        let key = self.replace(&txn, operation, &older, emergency).await?;
        txn.commit().await?;
        self.ring.reload().await?;
        Ok(KeyView::of(&key, emergency, self.env.now()))
    }

    /// Rotates when the newest key is older than the configured age; returns whether it was.
    pub(crate) async fn rotate_due(&self) -> Result<bool, Error> {
        self.ring.reload().await?;
        let Some(age) = self.rotation else {
            return Ok(false);
        };
        let due = self.env.now() - Span::from_std(age).unwrap_or(Span::MAX);
        let fresh = |keys: &[SealedKey]| keys.iter().any(|key| key.activates_at > due);
        if fresh(&store::list_for(self.database.read(), KeyPurpose::Token).await?) {
            return Ok(false);
        }
        let txn = self.database.begin().await?;
        let older = store::lock_unretired(&txn, KeyPurpose::Token).await?;
        // Another instance may have rotated while this one waited for the lock; then nothing that
        // this one saw is left unretired.
        if older.is_empty() || fresh(&older) {
            return Ok(false);
        }
        let operation = Operation::system("scheduled key rotation");
        self.replace(&txn, &operation, &older, false).await?;
        txn.commit().await?;
        self.ring.reload().await?;
        Ok(true)
    }

    /// Ends the keys of credentials, which nothing else does: a credential that somebody keeps is to be verified for
    /// as long as it is shown. Whoever asks for theirs again gets one of the new key.
    async fn replace_credential_keys(&self, txn: &Transaction) -> Result<(), Error> {
        let now = self.env.now();
        for old in store::lock_unretired(txn, KeyPurpose::Credential).await? {
            store::retire(txn, &old.key_id, now, now).await?;
        }
        let key = self.ring.generate(KeyPurpose::Credential, now, now)?;
        store::insert(txn, &key).await
    }

    async fn replace(
        &self,
        txn: &Transaction,
        operation: &Operation,
        older: &[SealedKey],
        emergency: bool,
    ) -> Result<SealedKey, Error> {
        let now = self.env.now();
        let soonest = if emergency { now } else { now + PENDING };
        // Another instance, whose clock is ahead, may have made the last one.
        let last = older.iter().map(|old| old.activates_at).max();
        let activates_at = last.map_or(soonest, |last| soonest.max(last + Span::seconds(1)));
        let key = self.ring.generate(KeyPurpose::Token, now, activates_at)?;
        store::insert(txn, &key).await?;
        let lifetime = Span::from_std(self.lifetime.max(Duration::from_secs(60)));
        let outlives = lifetime.unwrap_or(Span::days(1)) + MARGIN;
        for old in older {
            let (retires_at, removed_at) = if emergency {
                (now, now)
            } else {
                (activates_at, activates_at + outlives)
            };
            store::retire(txn, &old.key_id, retires_at, removed_at).await?;
        }
        if emergency {
            store::revoke_retired(txn, now).await?;
        }
        let detail = json!({ "key_id": key.key_id, "emergency": emergency });
        let entry = AuditAction::KeyRotated.about(None, detail);
        self.audit.record(txn, operation, entry).await?;
        Ok(key)
    }
}
