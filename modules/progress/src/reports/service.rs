//! Requesting, finding, and cancelling reports.

mod content;
mod output;
mod state;
mod sweeping;
mod writing;

use std::sync::Arc;

use chrono::TimeDelta;
use database::{Database, Lease, idempotency};
use kernel::{Caller, Env, Operation, Outcome, Page, PageRequest, ReportId};

use super::request::CreateReport;
use super::rows::Sources;
use super::store::reports::{self, ReportRecord};
use super::view::ReportView;
use crate::domain::ReportState;
use crate::error::{Error, ReportError};
use crate::{analytics, cohorts, gradebook, learners, outlines, roster};

pub(crate) use content::Content;
#[cfg(test)]
pub(crate) use output::PIECE;
pub(crate) use state::CourseState;

/// How long a report is kept.
const KEPT: TimeDelta = TimeDelta::days(7);
/// How many reports of somebody may wait or be written.
const MAX_OPEN: u64 = 3;
/// How many reports of a course somebody may have.
const MAX_KEPT: u64 = 10;
/// Whoever has this lease writes reports, so that one is written at a time.
const LEASE: &str = "reports";

/// Reports of courses.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    env: Env,
    outlines: outlines::Service,
    sources: Sources,
    analytics: analytics::Service,
    roster: roster::Service,
    lease: Arc<Lease>,
}

impl Service {
    pub(crate) fn new(
        database: Database,
        env: Env,
        outlines: outlines::Service,
        gradebook: gradebook::Service,
    ) -> Self {
        let holder = env.id::<ReportRecord>().uuid();
        Self {
            lease: Arc::new(Lease::new(database.clone(), LEASE, holder)),
            analytics: analytics::Service::new(database.clone(), env.clone(), outlines.clone()),
            roster: roster::Service::new(database.clone(), env.clone(), outlines.clone()),
            sources: Sources {
                database: database.clone(),
                outlines: outlines.clone(),
                gradebook,
            },
            database,
            env,
            outlines,
        }
    }

    #[cfg(test)]
    pub(super) fn lease(&self) -> &Lease {
        &self.lease
    }

    pub(crate) async fn create(
        &self,
        caller: &Caller,
        request: &CreateReport,
        operation: &Operation,
    ) -> Result<Outcome<ReportView>, Error> {
        if let (Some(from), Some(to)) = (request.from, request.to)
            && from > to
        {
            return Err(ReportError::DaysInvalid.into());
        }
        let db = self.database.read();
        let asked = request.course_id.into();
        let course = self.outlines.find_for_editor(db, caller, &asked).await?;
        if let Some(cohort) = request.cohort_id {
            cohorts::require(db, course, cohort).await?;
        }
        let txn = self.database.begin_private().await?;
        let now = self.env.now();
        if let Some(first) = idempotency::replay(&txn, now, operation).await? {
            return Ok(first);
        }
        // The requests of one person come one after the other, so that each counts those before it.
        learners::lock(&txn, caller.user_id)
            .await?
            .ok_or(Error::UserErased)?;
        if reports::count_kept(&txn, caller.user_id, course, now).await? >= MAX_KEPT {
            return Err(ReportError::TooManyKept(MAX_KEPT).into());
        }
        if reports::count_open(&txn, caller.user_id).await? >= MAX_OPEN {
            return Err(ReportError::TooManyOpen(MAX_OPEN).into());
        }
        let report = ReportRecord {
            id: self.env.id(),
            course,
            kind: request.kind,
            format: request.format,
            from: request.from,
            to: request.to,
            cohort: request.cohort_id,
            state: ReportState::Queued,
            failure: None,
            attempts: 0,
            restarts: 0,
            rows_done: 0,
            rows_estimated: 0,
            bytes: 0,
            requested_by: caller.user_id,
            requested_at: now,
            started_at: None,
            finished_at: None,
            expires_at: now + KEPT,
        };
        reports::insert(&txn, &report).await?;
        let kept = idempotency::keep(&txn, operation, ReportView::from(report)).await?;
        txn.commit().await?;
        Ok(kept)
    }

    /// The caller's own reports.
    pub(crate) async fn list(
        &self,
        caller: &Caller,
        page_request: &PageRequest,
    ) -> Result<Page<ReportView>, Error> {
        let (db, now) = (self.database.read(), self.env.now());
        let page = reports::list(db, caller.user_id, now, page_request).await?;
        Ok(page.map(ReportView::from))
    }

    pub(crate) async fn find(&self, caller: &Caller, id: ReportId) -> Result<ReportView, Error> {
        let found = reports::find(self.database.read(), id).await?;
        Ok(self.own(caller, found)?.into())
    }

    /// Cancels a report that is not finished, and deletes one that is.
    pub(crate) async fn delete(&self, caller: &Caller, id: ReportId) -> Result<(), Error> {
        let txn = self.database.begin_private().await?;
        let found = reports::find_for_change(&txn, id).await?;
        let mut report = self.own(caller, found)?;
        match report.state {
            ReportState::Queued | ReportState::Running => {
                report.state = ReportState::Cancelled;
                report.finished_at = Some(self.env.now());
                reports::save(&txn, &report).await?;
            }
            ReportState::Ready | ReportState::Failed | ReportState::Cancelled => {
                reports::expire(&txn, id).await?;
            }
        }
        Ok(txn.commit().await?)
    }

    /// The report, if the caller has requested it and it has not expired.
    fn own(&self, caller: &Caller, found: Option<ReportRecord>) -> Result<ReportRecord, Error> {
        let own = found.filter(|report| {
            report.requested_by == caller.user_id && report.expires_at > self.env.now()
        });
        Ok(own.ok_or(ReportError::NotFound)?)
    }
}
