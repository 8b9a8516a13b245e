//! Recording decided facts: the log, every projection and every event in one transaction.

mod fold;
mod verify;

pub(crate) use fold::{Fold, Outlines, fold};
pub use verify::Mismatch;
pub(crate) use verify::verify;

use bus::Events;
use contracts::progress::EnrollmentOrigin;
use database::Transaction;
use kernel::{Env, Operation, UserId};

use super::aggregate::EnrollmentAggregate;
use super::fact_recorder;
use super::store::{enrollments, projections};
use crate::domain::{Enrollment, Learner, MODULE, PendingFacts, Shape, Standing, Statistics};
use crate::error::Error;
use crate::{analytics, certificates, learners, outlines, rewards};

/// The log and its projections.
#[derive(Clone)]
pub(crate) struct Service {
    env: Env,
    outlines: outlines::Service,
    rewards: rewards::Service,
}

impl Service {
    pub(crate) fn new(env: Env, outlines: outlines::Service, rewards: rewards::Service) -> Self {
        Self {
            env,
            outlines,
            rewards,
        }
    }

    /// Reads what is needed to decide on `enrollment`, whose `learner` is locked.
    pub(crate) async fn load(
        &self,
        txn: &Transaction,
        learner: Learner,
        enrollment: Enrollment,
    ) -> Result<EnrollmentAggregate, Error> {
        let (course, version) = (enrollment.course, enrollment.version);
        let outline = self.outlines.get(txn, course, version).await?;
        let state = projections::find(txn, &enrollment).await?;
        let facts = PendingFacts::new(Shape::of(&outline), state);
        Ok(EnrollmentAggregate {
            learner,
            enrollment,
            outline,
            facts,
            moved_from: None,
            origin: EnrollmentOrigin::default(),
        })
    }

    /// Records the pending facts of the aggregate; without any, nothing changes.
    pub(crate) async fn record(
        &self,
        txn: &Transaction,
        operation: &Operation,
        aggregate: &mut EnrollmentAggregate,
    ) -> Result<(), Error> {
        if aggregate.facts.occurrences.is_empty() {
            return Ok(());
        }
        let before = aggregate.learner.clone();
        let mut events = Events::new(&self.env, operation, MODULE);
        fact_recorder::append(txn, &self.env, operation, aggregate).await?;
        fact_recorder::project(txn, aggregate).await?;
        let EnrollmentAggregate {
            learner,
            enrollment,
            facts,
            ..
        } = &*aggregate;
        let moment = operation.moment(self.env.now());
        let certificate = certificates::issue(txn, &self.env, moment, learner, enrollment, facts);
        let certificate = certificate.await?;
        fact_recorder::publish(&mut events, aggregate, certificate.as_ref())?;
        let course = aggregate.enrollment.course;
        analytics::add(txn, course, aggregate.statistics()).await?;
        let (learner, facts) = (&mut aggregate.learner, &aggregate.facts);
        self.rewards
            .reward(txn, &mut events, operation, learner, course, facts)
            .await?;
        if *learner != before {
            learners::update(txn, learner).await?;
        }
        Ok(events.append(txn).await?)
    }
}

/// Takes whoever is about to be erased out of the counts of their courses.
pub(crate) async fn uncount(txn: &Transaction, learner: UserId) -> Result<(), Error> {
    for enrollment in enrollments::list_of(txn, learner).await? {
        let (course, version) = (enrollment.course, enrollment.version);
        let outline = outlines::find(txn, course, version).await?;
        let shape = outline.as_ref().map(Shape::of).unwrap_or_default();
        let state = projections::find(txn, &enrollment).await?;
        let mut counts = Statistics::default();
        let standing = Standing {
            version,
            state: &state,
            shape: &shape,
        };
        counts.add(standing, -1);
        analytics::add(txn, course, counts).await?;
    }
    Ok(())
}
