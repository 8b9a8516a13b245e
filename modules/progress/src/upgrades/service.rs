//! Who has to move to which version, and moving them.

use contracts::course_ref::CourseRef;
use database::{Database, idempotency};
use kernel::{Caller, Env, Operation, Outcome};

use super::request::{UpgradeCourse, UpgradeMode};
use super::store::{self, UpgradeRecord};
use super::view::CourseUpgrade;
use crate::error::Error;
use crate::{announcements, enrollment, outlines};

/// How many learners are looked up together.
const BATCH: u64 = 50;
/// How many batches a call moves at most: others wait behind it.
const MAX_BATCHES: u32 = 10;

/// Moves the learners of courses.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    env: Env,
    outlines: outlines::Service,
    enrollment: enrollment::Service,
}

impl Service {
    pub(crate) fn new(
        database: Database,
        env: Env,
        outlines: outlines::Service,
        enrollment: enrollment::Service,
    ) -> Self {
        Self {
            database,
            env,
            outlines,
            enrollment,
        }
    }

    /// Notes that the learners of a course may or have to move to its newest version. A later request takes the place
    /// of one for the same learners that is not done.
    pub(crate) async fn request(
        &self,
        caller: &Caller,
        course: &CourseRef,
        request: &UpgradeCourse,
        operation: &Operation,
    ) -> Result<Outcome<CourseUpgrade>, Error> {
        let db = self.database.read();
        let course = self.outlines.find_for_editor(db, caller, course).await?;
        let answered = &self.outlines.fetch(course).await;
        database::retry_transaction(move || async move {
            let txn = self.database.begin_private().await?;
            let now = operation.moment(self.env.now());
            if let Some(first) = idempotency::replay(&txn, now, operation).await? {
                return Ok(first);
            }
            let newest = self.outlines.newest(&txn, course, answered.clone()).await?;
            let version = newest.version;
            if request.from_version.is_some_and(|from| from >= version) {
                return Err(Error::VersionNotOlder { newest: version });
            }
            self.outlines.keep(&txn, &newest).await?;
            let upgrade = UpgradeRecord {
                course,
                from_version: request.from_version,
                version,
                requested_at: now,
            };
            match request.mode {
                UpgradeMode::Offer => {
                    announcements::offer(&txn, now, &newest, request.from_version).await?;
                }
                UpgradeMode::Require => store::upsert(&txn, &upgrade).await?,
            }
            let requested = CourseUpgrade {
                course_id: course,
                mode: request.mode,
                from_version: request.from_version,
                version,
                learners: store::count(&txn, &upgrade).await?,
            };
            let kept = idempotency::keep(&txn, operation, requested).await?;
            txn.commit().await?;
            Ok(kept)
        })
        .await
    }

    /// Moves some of the learners who have to move; returns how many were moved. One upgrade that fails holds up no
    /// other.
    pub(crate) async fn upgrade_due(&self) -> Result<u64, Error> {
        let (mut moved, mut batches) = (0, 0);
        for upgrade in store::due(self.database.read()).await? {
            if batches == MAX_BATCHES {
                break;
            }
            let turn = self.take_turn(&upgrade, &mut batches, &mut moved);
            if let Err(error) = turn.await {
                tracing::warn!(course = %upgrade.course, %error, "the learners of a course were not moved to the version that it requires; trying it again");
            }
        }
        Ok(moved)
    }

    /// Moves learners of one upgrade while there are some whom it can move. It is put behind all others first, so that
    /// those that cannot go on leave room for them, however a turn ends.
    async fn take_turn(
        &self,
        upgrade: &UpgradeRecord,
        batches: &mut u32,
        moved: &mut u64,
    ) -> Result<(), Error> {
        let txn = self.database.begin_private().await?;
        store::defer(&txn, upgrade, self.env.now()).await?;
        txn.commit().await?;
        while *batches < MAX_BATCHES {
            *batches += 1;
            match self.upgrade_some(upgrade).await? {
                0 => break,
                some => *moved += some,
            }
        }
        Ok(())
    }

    /// Each learner is moved in a transaction of their own, and whoever was moved has not to move again, so that a
    /// process that ends in between leaves nothing half done.
    async fn upgrade_some(&self, upgrade: &UpgradeRecord) -> Result<u64, Error> {
        let learners = store::next_learners(self.database.read(), upgrade, BATCH).await?;
        if learners.is_empty() {
            let txn = self.database.begin_private().await?;
            store::delete(&txn, upgrade).await?;
            txn.commit().await?;
            return Ok(0);
        }
        let operation = Operation::system("required version");
        let mut moved = 0;
        for (id, learner) in learners {
            let done = self
                .enrollment
                .require_upgrade(learner, id, upgrade.version, &operation)
                .await;
            moved += match done {
                Ok(done) => u64::from(done),
                Err(error) => {
                    tracing::warn!(enrollment = %id, %error, "a learner was not moved to the version that their course requires; trying it again");
                    0
                }
            };
        }
        Ok(moved)
    }
}
