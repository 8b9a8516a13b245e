//! Writing reports: one at a time, by the process that has the lease.
//!
//! Whatever is stored of an attempt is stored on the condition that the lease is held and the attempt goes on, so that
//! a process that was stopped, or whose report was cancelled, adds nothing. An attempt that breaks off leaves pieces
//! that the next one deletes before it begins.

use std::path::Path;
use std::time::{Duration, Instant};

use sea_orm::sea_query::{LockType, SimpleExpr};
use tokio::sync::mpsc;

use super::output::{Blocks, Pieces};
use super::{KEPT, Service};
use crate::domain::{ReportFailure, ReportFormat, ReportState};
use crate::error::{Error, ReportError};
use crate::reports::encoding::{Encoder, MAX_CELLS, MAX_ROWS};
use crate::reports::rows::Rows;
use crate::reports::store::reports::{self, ReportRecord};
use crate::reports::store::{erasures, pieces, sizes};
use crate::{cohorts, outlines};

/// How large a report can be.
const MAX_REPORT_BYTES: i64 = 512 * 1024 * 1024;
/// How much is kept of one person.
const MAX_BYTES_OF_PERSON: i64 = 1024 * 1024 * 1024;
/// How much is kept of all.
const MAX_BYTES: i64 = 4 * 1024 * 1024 * 1024;
/// How often a report is begun.
const MAX_ATTEMPTS: i32 = 5;
/// How often it is stored how far a report is.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);

/// Why an attempt ends early.
enum End {
    /// It goes on no more: the report was cancelled, deleted, or taken over.
    Gone,
    /// It has somebody who was erased meanwhile, and is written again.
    Outdated,
    Failed(ReportFailure),
    Broken(Error),
}

impl<E: Into<Error>> From<E> for End {
    fn from(error: E) -> Self {
        Self::Broken(error.into())
    }
}

/// An attempt to write a report.
struct Attempt<'a> {
    service: &'a Service,
    report: ReportRecord,
    fence: i64,
    /// How many learners of the course were erased before it was begun.
    erasures: i64,
    /// How many bytes there is room for.
    room: i64,
    /// Why there is no more, if it is not the size of a report.
    is_storage_full: bool,
    pieces: Pieces,
    next_number: i32,
    stored_at: Instant,
}

impl Service {
    /// Writes the report whose turn it is, if there is one and this process has the lease; whether it did.
    pub(crate) async fn write_due(&self, scratch: &Path) -> Result<bool, Error> {
        let (db, now) = (self.database.read(), self.env.now());
        let Some(mut report) = reports::next_due(db, now).await? else {
            return Ok(false);
        };
        let Some(fence) = self.lease.acquire(now).await? else {
            return Ok(false);
        };
        let txn = self.database.begin_private().await?;
        let begun = reports::begin(&txn, &report, now, self.lease.is_held(fence)).await?;
        txn.commit().await?;
        if !begun {
            self.lease.doubt();
            return Ok(true);
        }
        report.state = ReportState::Running;
        report.attempts += 1;
        (report.rows_done, report.rows_estimated, report.bytes) = (0, 0, 0);
        // Counted before anything can go wrong, so that a report that always does holds up the others for a while only.
        let ended = match report.attempts - report.restarts > MAX_ATTEMPTS {
            true => Err(End::Failed(ReportFailure::Interrupted)),
            false => Box::pin(self.write(report.clone(), fence, scratch)).await,
        };
        match ended {
            Ok(()) | Err(End::Outdated) => {}
            Err(End::Gone) => self.lease.doubt(),
            Err(End::Failed(failure)) => self.fail(&report, fence, failure).await?,
            Err(End::Broken(error)) => return Err(error),
        }
        Ok(true)
    }

    /// Lets another process write reports at once.
    pub(crate) async fn release(&self) -> Result<(), Error> {
        Ok(self.lease.release().await?)
    }

    /// Its pieces are swept.
    async fn fail(
        &self,
        report: &ReportRecord,
        fence: i64,
        failure: ReportFailure,
    ) -> Result<(), Error> {
        let txn = self.database.begin_private().await?;
        let mine = self.lease.is_held(fence);
        reports::fail(&txn, report, failure, self.env.now(), mine).await?;
        Ok(txn.commit().await?)
    }

    async fn write(&self, report: ReportRecord, fence: i64, scratch: &Path) -> Result<(), End> {
        let erasures = erasures::count(self.database.read(), report.course).await?;
        let mut rows = Rows::open(&self.sources, &report, self.env.now()).await?;
        let columns = rows.columns();
        let cells = i64::try_from(columns.len()).unwrap_or(i64::MAX);
        let (format, scratch) = (report.format, scratch.to_owned());
        let mut attempt = Attempt::begin(self, report, fence, erasures).await?;
        attempt.report.rows_estimated = rows.estimate().await?;
        attempt.store(Vec::new()).await?;
        let mut file = run(move || Encoder::new(format, columns, &scratch)).await?;
        while let Some(page) = rows.next().await? {
            let count = i64::try_from(page.len()).unwrap_or(i64::MAX);
            attempt.report.rows_done += count;
            let done = attempt.report.rows_done;
            if format == ReportFormat::Xlsx
                && (done > MAX_ROWS || done.saturating_mul(cells) > MAX_CELLS)
            {
                return Err(End::Failed(ReportFailure::TooLarge));
            }
            let (same, written) = run(move || {
                let written = file.write(&page)?;
                Ok((file, written))
            })
            .await?;
            file = same;
            attempt.add(&written).await?;
        }
        let (to, mut blocks) = mpsc::channel(1);
        let finishing = tokio::task::spawn_blocking(move || {
            let mut rest = Blocks::new(to);
            file.finish(&mut rest)?;
            rest.finish()
        });
        loop {
            // Packing a workbook takes a while before its first block.
            match tokio::time::timeout(PROGRESS_EVERY, blocks.recv()).await {
                Ok(Some(block)) => attempt.add(&block).await?,
                Ok(None) => break,
                Err(_) => attempt.store(Vec::new()).await?,
            }
        }
        let finished = finishing.await.map_err(std::io::Error::other);
        finished.flatten().map_err(ReportError::NotWritten)?;
        attempt.finish().await
    }
}

impl<'a> Attempt<'a> {
    /// Takes stock of the room that there is, and deletes what an earlier attempt has left.
    async fn begin(
        service: &'a Service,
        report: ReportRecord,
        fence: i64,
        erasures: i64,
    ) -> Result<Self, End> {
        let db = service.database.read();
        let (all, theirs) = sizes::kept_beside(db, report.id, report.requested_by).await?;
        let storage = (MAX_BYTES - all).min(MAX_BYTES_OF_PERSON - theirs);
        loop {
            let txn = service.database.begin_private().await?;
            let some = pieces::delete_some(&txn, report.id).await?;
            if !reports::advance(&txn, &report, service.lease.is_held(fence)).await? {
                return Err(End::Gone);
            }
            txn.commit().await?;
            if some == 0 {
                break;
            }
            service.lease.acquire(service.env.now()).await?;
        }
        Ok(Self {
            service,
            report,
            fence,
            erasures,
            room: storage.min(MAX_REPORT_BYTES),
            is_storage_full: storage < MAX_REPORT_BYTES,
            pieces: Pieces::default(),
            next_number: 0,
            stored_at: Instant::now(),
        })
    }

    /// Adds bytes, and stores what is whole, or how far the report is when that was stored some time ago.
    async fn add(&mut self, bytes: &[u8]) -> Result<(), End> {
        self.report.bytes += i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        if self.report.bytes > self.room {
            return Err(End::Failed(match self.is_storage_full {
                true => ReportFailure::StorageFull,
                false => ReportFailure::TooLarge,
            }));
        }
        let whole = self.pieces.add(bytes);
        match whole.is_empty() && self.stored_at.elapsed() < PROGRESS_EVERY {
            true => Ok(()),
            false => self.store(whole).await,
        }
    }

    async fn store(&mut self, whole: Vec<Vec<u8>>) -> Result<(), End> {
        let mine = self.keep_lease().await?;
        let txn = self.service.database.begin_private().await?;
        if !reports::advance(&txn, &self.report, mine).await? {
            return Err(End::Gone);
        }
        for piece in whole {
            pieces::insert(&txn, self.report.id, self.next_number, piece).await?;
            self.next_number += 1;
        }
        txn.commit().await?;
        self.stored_at = Instant::now();
        Ok(())
    }

    async fn finish(mut self) -> Result<(), End> {
        let now = self.service.env.now();
        let last = std::mem::take(&mut self.pieces).finish();
        let mine = self.keep_lease().await?;
        let txn = self.service.database.begin_private().await?;
        outlines::lock(&txn, self.report.course, LockType::Share).await?;
        if erasures::count(&txn, self.report.course).await? != self.erasures {
            reports::restart(&txn, &self.report, mine).await?;
            txn.commit().await?;
            return Err(End::Outdated);
        }
        // Its members were no longer found from the moment on in which it was deleted.
        if let Some(cohort) = self.report.cohort
            && !cohorts::exists(&txn, self.report.course, cohort).await?
        {
            return Err(End::Failed(ReportFailure::CohortDeleted));
        }
        self.report.state = ReportState::Ready;
        self.report.rows_estimated = self.report.rows_done;
        self.report.finished_at = Some(now);
        self.report.expires_at = now + KEPT;
        if !reports::advance(&txn, &self.report, mine).await? {
            return Err(End::Gone);
        }
        if let Some(piece) = last {
            pieces::insert(&txn, self.report.id, self.next_number, piece).await?;
        }
        Ok(txn.commit().await?)
    }

    /// Renews the lease when that is due, and gives the condition that it is still the same.
    async fn keep_lease(&self) -> Result<SimpleExpr, End> {
        let lease = &self.service.lease;
        match lease.acquire(self.service.env.now()).await? {
            Some(fence) if fence == self.fence => Ok(lease.is_held(fence)),
            _ => Err(End::Gone),
        }
    }
}

/// Work on rows that are read: it takes a processor, and a workbook writes to the disk.
async fn run<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, End> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(std::io::Error::other).flatten();
    Ok(done.map_err(ReportError::NotWritten)?)
}
