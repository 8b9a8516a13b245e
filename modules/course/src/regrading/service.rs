//! Asking for regrades, and for what they change.

mod apply;
mod check;

use std::time::{Duration, Instant};

use database::{Database, Reader, idempotency};
use kernel::{Caller, Env, ExerciseId, Key, Operation, Outcome, Page, PageRequest, RegradeId};
use rest::Lane;

use super::request::CreateRegrade;
use super::store::regrades::{Counts, RegradeRecord, RegradeState};
use super::store::{changes, regrades};
use super::view::{RegradeChange, RegradeView};
use crate::domain::bounds::MAX_REGRADES;
use crate::domain::{Need, paging};
use crate::error::Error;
use crate::{assessment, authoring, publishing};

/// Longer than grading some answers takes behind other work.
const DEADLINE: Duration = Duration::from_secs(20);
/// How many regrades may go on in a round.
const AT_ONCE: u64 = 100;
/// How long a round goes on: what else is due waits behind it.
const ROUND: Duration = Duration::from_secs(1);

/// Grades the answers to exercises again.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    env: Env,
    authoring: authoring::Service,
    publishing: publishing::Service,
    assessment: assessment::Service,
    lane: Lane,
}

impl Service {
    pub(crate) fn new(
        database: Database,
        env: Env,
        authoring: authoring::Service,
        publishing: publishing::Service,
        assessment: assessment::Service,
    ) -> Self {
        Self {
            database,
            env,
            authoring,
            publishing,
            assessment,
            lane: Lane::beside_requests(DEADLINE),
        }
    }

    pub(crate) async fn create(
        &self,
        caller: &Caller,
        operation: &Operation,
        exercise: ExerciseId,
        new: CreateRegrade,
    ) -> Result<Outcome<RegradeView>, Error> {
        let course = self.authoring.course_of_exercise(exercise).await?;
        let known = self.authoring.known(&course).await?;
        let number = known.published_version;
        let content = self.publishing.content();
        let corrected = content.exercise(known.id, number, exercise).await?;
        let txn = self.database.begin_private().await?;
        let now = self.env.now();
        if let Some(first) = idempotency::replay(&txn, now, operation).await? {
            return Ok(first);
        }
        let opened = self.authoring.open(&txn, caller, &course, Need::Edit);
        let course = opened.await.map_err(|error| error.hiding("exercise"))?;
        if course.published_version != number {
            return Err(Error::Busy);
        }
        let corrected = corrected.ok_or(Error::RegradeUnpublished)?;
        if corrected.body.question.is_graded_by_staff() {
            return Err(Error::NothingToRegrade);
        }
        let earlier = regrades::list(&txn, exercise).await?;
        let mut open = earlier.iter();
        if let Some(open) = open.find(|one| one.state != RegradeState::Applied) {
            let id = open.id.uuid();
            return Err(match open.state {
                RegradeState::Applying => Error::RegradeApplying(id),
                _ => Error::RegradeOpen(id),
            });
        }
        if earlier.len() >= MAX_REGRADES {
            return Err(Error::TooManyRegrades(MAX_REGRADES));
        }
        let regrade = RegradeRecord {
            id: self.env.id(),
            course_id: course.id,
            exercise_id: exercise,
            number,
            reason: new.reason,
            state: RegradeState::Checking,
            counts: Counts::default(),
            requested_by: Some(caller.user_id),
            requested_at: now,
            finished_at: None,
            after: None,
        };
        regrades::insert(&txn, &regrade).await?;
        let kept = idempotency::keep(&txn, operation, RegradeView::from(regrade)).await?;
        txn.commit().await?;
        Ok(kept)
    }

    pub(crate) async fn list(
        &self,
        caller: &Caller,
        exercise: ExerciseId,
        page_request: &PageRequest,
    ) -> Result<Page<RegradeView>, Error> {
        let course = self.authoring.course_of_exercise(exercise).await?;
        let course = self.authoring.known(&course).await?;
        let db = self.database.read();
        let may = self.authoring.require(db, caller, &course, Need::Read);
        may.await.map_err(|error| error.hiding("exercise"))?;
        let found = regrades::list(db, exercise).await?;
        let page = paging::page(found, page_request, |one| {
            vec![Key::Time(one.requested_at), Key::Id(one.id.uuid())]
        });
        Ok(page.map(RegradeView::from))
    }

    pub(crate) async fn find(&self, caller: &Caller, id: RegradeId) -> Result<RegradeView, Error> {
        let db = self.database.read();
        let found = regrades::find(db, id).await?;
        Ok(self.allowed(db, caller, found, Need::Read).await?.into())
    }

    pub(crate) async fn list_changes(
        &self,
        caller: &Caller,
        id: RegradeId,
        page_request: &PageRequest,
    ) -> Result<Page<RegradeChange>, Error> {
        let db = self.database.read();
        let found = regrades::find(db, id).await?;
        self.allowed(db, caller, found, Need::Read).await?;
        let page = changes::list(db, id, page_request).await?;
        let learners = page.items.iter().map(|one| one.learner_id).collect();
        let names = self.authoring.names(learners).await;
        Ok(page.map(|change| RegradeChange {
            learner_name: names.get(&change.learner_id).cloned(),
            ..RegradeChange::from(change)
        }))
    }

    /// Lets the answers get the grades that the preview shows; once is enough.
    pub(crate) async fn apply(
        &self,
        caller: &Caller,
        id: RegradeId,
    ) -> Result<Outcome<RegradeView>, Error> {
        let seen = self.find_editable(caller, id).await?;
        if is_begun(&seen) {
            return Ok(Outcome {
                value: seen.into(),
                replayed: true,
            });
        }
        let txn = self.database.begin_private().await?;
        let found = regrades::find_for_change(&txn, id).await?;
        let mut regrade = found.ok_or(Error::NotFound("regrade"))?;
        let replayed = is_begun(&regrade);
        if regrade.state == RegradeState::Checking {
            return Err(Error::RegradeNotChecked);
        }
        if !replayed {
            let at = regrade.course_id.into();
            let course = self.authoring.open(&txn, caller, &at, Need::Edit);
            let course = course.await.map_err(|error| error.hiding("regrade"))?;
            if course.published_version != regrade.number {
                return Err(Error::RegradeOutdated(regrade.number));
            }
            regrade.state = RegradeState::Applying;
            regrades::save(&txn, &regrade).await?;
            txn.commit().await?;
        }
        Ok(Outcome {
            value: regrade.into(),
            replayed,
        })
    }

    pub(crate) async fn cancel(&self, caller: &Caller, id: RegradeId) -> Result<(), Error> {
        if is_begun(&self.find_editable(caller, id).await?) {
            return Err(Error::RegradeApplied);
        }
        let txn = self.database.begin_private().await?;
        let found = regrades::find_for_change(&txn, id).await?;
        if is_begun(&found.ok_or(Error::NotFound("regrade"))?) {
            return Err(Error::RegradeApplied);
        }
        changes::delete(&txn, id).await?;
        regrades::delete(&txn, id).await?;
        Ok(txn.commit().await?)
    }

    /// The regrade as it was a moment ago, without a lock: what is decided already keeps nobody waiting.
    async fn find_editable(&self, caller: &Caller, id: RegradeId) -> Result<RegradeRecord, Error> {
        let db = self.database.read();
        let found = regrades::find(db, id).await?;
        self.allowed(db, caller, found, Need::Edit).await
    }

    /// The regrade, for those of the staff who may do that with its course. No transaction may be open: what is known
    /// of a course is read on a connection of its own.
    async fn allowed(
        &self,
        db: &Reader,
        caller: &Caller,
        found: Option<RegradeRecord>,
        need: Need,
    ) -> Result<RegradeRecord, Error> {
        let found = found.ok_or(Error::NotFound("regrade"))?;
        let course = self.authoring.known(&found.course_id.into()).await?;
        let may = self.authoring.require(db, caller, &course, need);
        may.await.map_err(|error| error.hiding("regrade"))?;
        Ok(found)
    }

    /// Goes on with what was requested; returns how many answers were checked or got their grade. One regrade that
    /// fails holds up no other.
    pub(crate) async fn run_due(&self) -> Result<u64, Error> {
        let began = Instant::now();
        let mut due = regrades::due(self.database.read(), AT_ONCE).await?;
        // Each round begins with another one, so that those that fail do not keep the others from their turn.
        let rounds = usize::try_from(self.env.now().timestamp()).unwrap_or(0) / 5;
        let first = rounds % due.len().max(1);
        due.rotate_left(first);
        let mut done = 0;
        for id in due {
            while began.elapsed() < ROUND {
                match self.take_turn(id).await {
                    Ok(0) => break,
                    Ok(some) => done += some,
                    Err(error) => {
                        tracing::warn!(regrade = %id, %error, "a regrade did not go on; trying it again");
                        break;
                    }
                }
            }
        }
        Ok(done)
    }

    async fn take_turn(&self, id: RegradeId) -> Result<u64, Error> {
        let Some(regrade) = regrades::find(self.database.read(), id).await? else {
            return Ok(0);
        };
        match regrade.state {
            RegradeState::Checking => self.check_some(&regrade).await,
            RegradeState::Applying => self.apply_some(&regrade).await,
            RegradeState::Checked | RegradeState::Applied => Ok(0),
        }
    }
}

/// Whether its answers get their grades, or have them.
fn is_begun(regrade: &RegradeRecord) -> bool {
    matches!(
        regrade.state,
        RegradeState::Applying | RegradeState::Applied
    )
}
