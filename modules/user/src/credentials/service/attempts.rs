//! Tries of a secret that can be guessed: each is counted before its verdict counts.

use database::Transaction;
use kernel::SecretString;

use super::super::hashing::Checked;
use super::super::store::{self, Delay};
use super::super::throttle::Lane;
use super::Service;
use crate::domain::{Way, may_try};
use crate::error::Error;

/// A try that was counted as a failure, until it is found to be none.
pub(crate) struct Attempt(Vec<Counted>);

struct Counted {
    lane: Lane,
    before: Delay,
    after: Delay,
}

impl Service {
    /// Verifies a password as one attempt in its lanes. The attempt is counted while the hash is
    /// computed, and an uncounted attempt gets no result; a throttled caller costs no hash.
    pub(crate) async fn try_password(
        &self,
        lanes: Vec<Lane>,
        password: SecretString,
        stored: Option<String>,
    ) -> Result<(Checked, Attempt), Error> {
        let now = self.env.now();
        let mut wait = None;
        for lane in &lanes {
            let delay = store::find(self.database.read(), &lane.key).await?;
            wait = wait.max(lane.remaining(delay.as_ref(), now));
        }
        may_try(Way::Password, wait)?;
        let counting = self.count_attempt(Way::Password, lanes);
        let (counted, checked) = tokio::join!(counting, self.hasher.verify(password, stored));
        let attempt = counted?;
        match checked {
            Ok(checked) => Ok((checked, attempt)),
            Err(unchecked) => {
                let txn = self.database.begin().await?;
                self.take_back(&txn, &attempt).await?;
                txn.commit().await?;
                Err(unchecked)
            }
        }
    }

    /// Counts the try as a failure before its secret counts, so that many at once cannot all
    /// pass.
    pub(crate) async fn count_attempt(&self, way: Way, lanes: Vec<Lane>) -> Result<Attempt, Error> {
        // Who waits for a lane must not hold a connection of the database. The widest lane comes last,
        // so that one network has one place there, however many tries it sends at once, and fills
        // nobody else's way; and who is known waits in a lane of their own.
        let mut turns = Vec::with_capacity(lanes.len());
        for lane in &lanes {
            turns.push(self.turns.take_if_short(lane.key.clone()).await?);
        }
        let now = self.env.now();
        let txn = self.database.begin().await?;
        let (mut counted, mut wait) = (Vec::new(), None);
        for lane in lanes {
            let before = store::lock(&txn, &lane.key, now).await?;
            wait = wait.max(lane.remaining(Some(&before), now));
            let after = lane.after_failure(&before, now);
            counted.push(Counted {
                lane,
                before,
                after,
            });
        }
        may_try(way, wait)?;
        for one in &counted {
            store::put(&txn, &one.lane.key, &one.after).await?;
        }
        txn.commit().await?;
        Ok(Attempt(counted))
    }

    /// A try whose secret was never checked, or was right, is no failure.
    pub(crate) async fn take_back(
        &self,
        txn: &Transaction,
        attempt: &Attempt,
    ) -> Result<(), Error> {
        for one in &attempt.0 {
            store::take_back(txn, &one.lane.key, &one.before, &one.after).await?;
        }
        Ok(())
    }

    /// Who got in by this try has mistyped before: what only they can have counted is forgotten, and
    /// in a lane that others share this try alone, or each login of the owner would give them more.
    pub(crate) async fn clear(&self, txn: &Transaction, attempt: &Attempt) -> Result<(), Error> {
        for one in &attempt.0 {
            if one.lane.own {
                store::delete(txn, &one.lane.key).await?;
            }
        }
        let shared = attempt.0.iter().filter(|one| !one.lane.own);
        for one in shared {
            store::take_back(txn, &one.lane.key, &one.before, &one.after).await?;
        }
        Ok(())
    }
}
