//! Giving an achievement to those who reached it before it was there, or before it became easier.

use kernel::{Fault, Kind, Operation, UserId};

use super::super::store::evaluations::{self, EvaluationRecord};
use super::super::store::{candidates, definitions};
use super::Service;
use crate::domain::{Achievement, RuleScope, ScopeTotals};
use crate::error::Error;
use crate::{learners, rewards};

/// How many learners are looked at together.
const BATCH: u64 = 200;
/// How many batches a call looks at: others wait behind it.
const MAX_BATCHES: u32 = 10;

impl Service {
    /// Gives some of the learners what they have reached; returns how many achievements that were. One that fails holds
    /// up no other.
    pub(crate) async fn evaluate_due(&self) -> Result<u64, Error> {
        let (mut given, mut batches) = (0, 0);
        for evaluation in evaluations::due(self.database.read()).await? {
            if batches == MAX_BATCHES {
                break;
            }
            let turn = self.take_turn(evaluation, &mut batches, &mut given);
            if let Err(error) = turn.await {
                tracing::warn!(%error, "learners were not given an achievement that they have reached; trying it again");
            }
        }
        Ok(given)
    }

    /// Looks at learners while there are some. It is put behind all others first, so that one that fails leaves room
    /// for them.
    async fn take_turn(
        &self,
        mut evaluation: EvaluationRecord,
        batches: &mut u32,
        given: &mut u64,
    ) -> Result<(), Error> {
        let txn = self.database.begin_private().await?;
        evaluations::defer(&txn, &evaluation, self.env.now()).await?;
        txn.commit().await?;
        while *batches < MAX_BATCHES {
            *batches += 1;
            let (some, next) = self.evaluate_some(&evaluation).await?;
            *given += some;
            let txn = self.database.begin_private().await?;
            match next {
                Some(last) => evaluations::advance(&txn, &evaluation, last).await?,
                None => evaluations::delete(&txn, &evaluation).await?,
            }
            txn.commit().await?;
            if next.is_none() {
                break;
            }
            evaluation.after = next;
        }
        Ok(())
    }

    /// Each learner is given what they have reached in a transaction of their own, and whoever has it is not given it
    /// again: a process that ends in between, or another one that does the same, changes nothing of that. Returns how
    /// many achievements were new, and the last of these learners while there are more.
    async fn evaluate_some(
        &self,
        evaluation: &EvaluationRecord,
    ) -> Result<(u64, Option<UserId>), Error> {
        let db = self.database.read();
        let achievement = definitions::find(db, evaluation.achievement).await?;
        let Some(achievement) = achievement.filter(|found| found.retired_at.is_none()) else {
            return Ok((0, None));
        };
        let scope = &achievement.rule.scope;
        let looked_at = candidates::list(db, scope, evaluation.after, BATCH).await?;
        let more = u64::try_from(looked_at.len()).is_ok_and(|count| count == BATCH);
        let last = looked_at.last().copied().filter(|_| more);
        let operation = Operation::system("achievement for what was learned before");
        let mut given = 0;
        for learner in self.reaching(&achievement, looked_at).await? {
            match self.rewards.catch_up(learner, &operation).await {
                Ok(count) => given += count,
                Err(error) if error.kind() == Kind::Unavailable => return Err(error),
                // Whatever is wrong with one learner holds up no other.
                Err(error) => {
                    tracing::error!(%learner, %error, "a learner was not given an achievement; their next change gives it");
                }
            }
        }
        Ok((given, last))
    }

    /// Who of these learners has reached an achievement about everything; where it is about a course or a tag, that is
    /// found out one by one.
    async fn reaching(
        &self,
        achievement: &Achievement,
        looked_at: Vec<UserId>,
    ) -> Result<Vec<UserId>, Error> {
        let db = self.database.read();
        let one = std::slice::from_ref(achievement);
        let mut reaching = Vec::new();
        let everywhere = achievement.rule.scope == RuleScope::Everything;
        for learner in learners::list(db, &looked_at).await? {
            let scopes = match everywhere {
                true => ScopeTotals::default(),
                false => rewards::scopes_of(db, learner.id, one).await?,
            };
            if achievement.rule.is_reached(&learner, &scopes) {
                reaching.push(learner.id);
            }
        }
        Ok(reaching)
    }
}
