//! Storing content before it is named, and deleting what nobody names any more.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::runtime::Handle;

use super::Service;
use crate::assets::blobs::of_disk;
use crate::assets::content::Content;
use crate::assets::store::blobs;
use crate::domain::bounds::MAX_ASSETS;
use crate::error::Error;

/// After so long, a request that has begun to store content has ended, be it that its process has.
const UNNAMED_FOR: TimeDelta = TimeDelta::hours(1);
/// Far shorter than the time after which others take a deletion for broken off.
const DELETED_WITHIN: Duration = Duration::from_secs(60);
/// How long a request waits for the deletion of what it does not need; it goes on without.
const RELEASED_WITHIN: Duration = Duration::from_secs(1);

/// Content that a request has stored and may name. What is not released, because the request was given up, is released
/// when this is dropped.
pub(crate) struct Kept {
    service: Service,
    sha256: Option<String>,
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let (Some(sha256), Ok(runtime)) = (self.sha256.take(), Handle::try_current()) {
            let service = self.service.clone();
            runtime.spawn(async move { service.release_all(vec![sha256], Vec::new()).await });
        }
    }
}

impl Service {
    /// Refuses files that no course could have, before any is stored.
    pub(crate) fn check_contents(&self, contents: &[Content]) -> Result<(), Error> {
        if contents.len() > MAX_ASSETS {
            return Err(Error::TooMany("assets", MAX_ASSETS));
        }
        let bytes: HashMap<_, _> = contents
            .iter()
            .map(|content| (content.sha256(), u64::try_from(content.bytes).unwrap_or(0)))
            .collect();
        match bytes.values().sum::<u64>() > self.store.bytes_per_course {
            true => Err(Error::TooManyAssetBytes(self.store.bytes_per_course)),
            false => Ok(()),
        }
    }

    /// Stores content for a request that is about to name it. It is stored when this returns, so that a row that names
    /// it never names what a crash has taken.
    pub(crate) async fn keep(&self, content: &Content) -> Result<Kept, Error> {
        let service = self.clone();
        let (sha256, bytes) = (content.sha256.clone(), content.bytes);
        let source = Arc::clone(&content.source);
        // Whoever has asked may go away in the middle, and nobody would know then of what comes to lie in the store.
        let storing = tokio::spawn(async move {
            let txn = service.database.begin_private().await?;
            blobs::begin(&txn, &sha256, bytes, service.env.now()).await?;
            txn.commit().await?;
            let kept = Kept {
                service: service.clone(),
                sha256: Some(sha256.clone()),
            };
            service.store.put(&sha256, &source).await?;
            Ok(kept)
        });
        storing
            .await
            .map_err(|ended| of_disk(std::io::Error::other(ended)))?
    }

    /// Ends what [`keep`](Self::keep) has begun, and deletes what of it, and of `former`, nobody names any more. A
    /// deletion that takes long goes on by itself, and one that fails is left to the regular task.
    pub(crate) async fn release(&self, kept: Vec<Kept>, former: Vec<String>) {
        let kept: Vec<_> = kept
            .into_iter()
            .filter_map(|mut kept| kept.sha256.take())
            .collect();
        if kept.is_empty() && former.is_empty() {
            return;
        }
        let service = self.clone();
        let releasing = tokio::spawn(async move { service.release_all(kept, former).await });
        let _ = tokio::time::timeout(RELEASED_WITHIN, releasing).await;
    }

    async fn release_all(&self, kept: Vec<String>, former: Vec<String>) {
        if let Err(error) = self.try_release(kept, former).await {
            tracing::warn!(%error, "deleting content that no asset needs failed; retrying within an hour");
        }
    }

    async fn try_release(&self, mut kept: Vec<String>, former: Vec<String>) -> Result<(), Error> {
        // Whoever locks several rows does it in one order.
        kept.sort_unstable();
        if !kept.is_empty() {
            let txn = self.database.begin_private().await?;
            for sha256 in &kept {
                blobs::end(&txn, sha256).await?;
            }
            txn.commit().await?;
        }
        kept.extend(former);
        let before = self.env.now() - UNNAMED_FOR;
        let unused = blobs::unused_of(self.database.read(), &kept, before).await?;
        for sha256 in unused {
            self.delete_unused(&sha256, before).await?;
        }
        Ok(())
    }

    /// Deletes content that nobody names any more; returns how much that was.
    pub(crate) async fn sweep(&self) -> Result<u64, Error> {
        self.store.forget_broken_off().await.map_err(of_disk)?;
        let before = self.env.now() - UNNAMED_FOR;
        let mut deleted = 0;
        loop {
            let unused = blobs::list_unused(self.database.read(), before).await?;
            let already = deleted;
            for sha256 in unused {
                deleted += u64::from(self.delete_unused(&sha256, before).await?);
            }
            if deleted == already {
                return Ok(deleted);
            }
        }
    }

    /// Deletes content, unless somebody has named it or begun to store it meanwhile.
    async fn delete_unused(&self, sha256: &str, before: DateTime<Utc>) -> Result<bool, Error> {
        let now = self.env.now();
        let txn = self.database.begin_private().await?;
        let marked = blobs::mark_going(&txn, sha256, before, now).await?;
        txn.commit().await?;
        Ok(marked && self.delete_going(sha256, now).await?)
    }

    /// Deletes what was marked as going at `since`, unless that is so long ago that somebody else has taken it over.
    pub(crate) async fn delete_going(
        &self,
        sha256: &str,
        since: DateTime<Utc>,
    ) -> Result<bool, Error> {
        // A process that was stopped after its mark finds out here. One that is stopped just between this and the next
        // step, for longer than a mark holds, is not protected from.
        let txn = self.database.begin_private().await?;
        let is_mine = blobs::is_going(&txn, sha256, since).await?;
        txn.rollback().await?;
        if !is_mine {
            return Ok(false);
        }
        // Outside of a transaction, because the store may respond slowly. Nobody stores the same meanwhile.
        let deleted = tokio::time::timeout(DELETED_WITHIN, self.store.delete(sha256)).await;
        deleted.map_err(|late| of_disk(late.into()))??;
        let txn = self.database.begin_private().await?;
        blobs::delete_going(&txn, sha256, since).await?;
        txn.commit().await?;
        Ok(true)
    }
}
