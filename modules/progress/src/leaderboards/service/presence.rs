//! Who is seen on leaderboards: what learners choose, and what becomes of their accounts.

use contracts::user::{UserErasureCancelled, UserErasureStarted, UserLocked};
use database::Transaction;
use kernel::{UserId, text};

use super::super::request::Appear;
use super::super::store::counts;
use super::super::store::scores::{self, ScoreRecord};
use super::super::view::LeaderboardPresence;
use super::Service;
use super::gains::on_board;
use crate::domain::{CountChanges, Learner};
use crate::error::Error;
use crate::learners;

impl Service {
    /// Sets whether and under which name the caller is shown.
    pub(crate) async fn replace_settings(
        &self,
        me: UserId,
        request: &Appear,
    ) -> Result<LeaderboardPresence, Error> {
        let txn = self.database.begin().await?;
        let mut learner = learners::lock(&txn, me).await?.ok_or(Error::UserErased)?;
        let alias = request.alias.as_deref().map(text::clean);
        learner.visible = request.visible;
        learner.alias = alias.filter(|alias| !alias.is_empty());
        save(&txn, &learner).await?;
        txn.commit().await?;
        Ok(LeaderboardPresence {
            visible: learner.visible,
            display_name: learner.public_name().to_owned(),
            alias: learner.alias,
        })
    }
}

/// An account was disabled, or enabled again.
pub(crate) async fn on_user_locked(
    txn: &Transaction,
    event: UserLocked,
    sequence: i64,
) -> Result<(), Error> {
    let Some(mut learner) = learners::lock(txn, event.user_id).await? else {
        return Ok(());
    };
    learner.locked.set(event.locked, sequence);
    save(txn, &learner).await
}

/// An account will be erased; nobody sees it from now on.
pub(crate) async fn on_user_erasure_started(
    txn: &Transaction,
    event: UserErasureStarted,
    sequence: i64,
) -> Result<(), Error> {
    let Some(mut learner) = learners::lock(txn, event.user_id).await? else {
        return Ok(());
    };
    learner.erasing.set(true, sequence);
    save(txn, &learner).await
}

/// An account is kept after all.
pub(crate) async fn on_user_erasure_cancelled(
    txn: &Transaction,
    event: UserErasureCancelled,
    sequence: i64,
) -> Result<(), Error> {
    let Some(mut learner) = learners::lock(txn, event.user_id).await? else {
        return Ok(());
    };
    learner.erasing.set(false, sequence);
    save(txn, &learner).await
}

/// Saves the learner, who then is on every board or on none.
async fn save(txn: &Transaction, learner: &Learner) -> Result<(), Error> {
    learners::update(txn, learner).await?;
    let shown = learner.is_shown();
    let mut changes = CountChanges::default();
    for score in scores::set_visible(txn, learner.id, shown).await? {
        let points = on_board(score.points);
        match shown {
            true => changes.shift(&score.board, None, points),
            false => changes.shift(&score.board, points, None),
        }
    }
    counts::add(txn, changes).await
}

/// Deletes all scores of a learner, who leaves the boards; returns how many there were.
pub(crate) async fn delete_of(txn: &Transaction, learner: UserId) -> Result<u64, Error> {
    let deleted = scores::delete_of(txn, learner).await?;
    let mut changes = CountChanges::default();
    let visible = |score: &&ScoreRecord| score.visible;
    for score in deleted.iter().filter(visible) {
        changes.shift(&score.board, on_board(score.points), None);
    }
    counts::add(txn, changes).await?;
    Ok(u64::try_from(deleted.len()).unwrap_or(u64::MAX))
}
