//! Folding all learners beside the server, and taking the result over in one transaction.

use database::Database;
use kernel::{Env, Operation, UserId};
use sea_orm::ConnectionTrait;

use super::store::shadows::{self, Extent};
use super::store::{projections, swap};
use crate::domain::{Learner, Projection};
use crate::error::Error;
use crate::recording::{Fold, Outlines, fold};
use crate::{learners, rewards};

/// How many learners are folded together.
const LEARNERS_AT_ONCE: i64 = 100;
/// While the server writes, some learners are always behind: so few are folded while it waits.
const FEW: u64 = 50;
/// How often learners who are behind are looked for before the server has to wait for more of them.
const MAX_PASSES: u32 = 10;

/// What a rebuild has folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rebuilt {
    /// How many learners.
    pub learners: u64,
    /// How many facts of theirs.
    pub facts: u64,
}

/// Makes `wanted` projections anew. What a rebuild that was killed has folded counts.
pub(crate) async fn rebuild(
    database: &Database,
    env: &Env,
    wanted: &[Projection],
) -> Result<Rebuilt, Error> {
    let mut rebuilt = Rebuilt::default();
    for _ in 0..MAX_PASSES {
        if fold_stale(database, &mut rebuilt).await? <= FEW {
            break;
        }
    }
    let last = database::retry_transaction(|| take_over(database, env, wanted)).await?;
    rebuilt.learners += last.learners;
    rebuilt.facts += last.facts;
    clear(database).await?;
    if wanted.contains(&Projection::Achievements) {
        give_achievements(database, env).await?;
        let txn = database.begin_private().await?;
        projections::save(&txn, Projection::Achievements, env.now()).await?;
        txn.commit().await?;
    }
    Ok(rebuilt)
}

/// Folds each learner once of whom more is known than was folded; returns how many they were.
pub(super) async fn fold_stale(database: &Database, rebuilt: &mut Rebuilt) -> Result<u64, Error> {
    let (mut count, mut last) = (0, None);
    loop {
        // Kept for these learners alone: all outlines of all courses may be too much for the memory.
        let mut outlines = Outlines::new();
        let db = database.read();
        let stale = shadows::list_stale(db, last, LEARNERS_AT_ONCE).await?;
        let Some(newest) = stale.last() else {
            return Ok(count);
        };
        last = Some(newest.learner);
        let folded = fold_some(db, stale, &mut outlines, rebuilt).await?;
        count += u64::try_from(folded.len()).unwrap_or(u64::MAX);
        database::retry_transaction(|| write(database, &folded)).await?;
    }
}

/// The extents were read before the logs, so that a learner who does something in between is folded again.
async fn fold_some(
    db: &impl ConnectionTrait,
    stale: Vec<Extent>,
    outlines: &mut Outlines,
    rebuilt: &mut Rebuilt,
) -> Result<Vec<(Extent, Learner, Fold)>, Error> {
    let ids: Vec<UserId> = stale.iter().map(|extent| extent.learner).collect();
    let mut folded = Vec::with_capacity(ids.len());
    for learner in learners::list(db, &ids).await? {
        let Some(extent) = stale.iter().find(|one| one.learner == learner.id) else {
            continue;
        };
        let fold = fold(db, &learner, outlines).await?;
        rebuilt.learners += 1;
        rebuilt.facts += u64::try_from(fold.facts).unwrap_or(u64::MAX);
        folded.push((*extent, learner, fold));
    }
    Ok(folded)
}

async fn write(database: &Database, folded: &[(Extent, Learner, Fold)]) -> Result<(), Error> {
    let txn = database.begin_private().await?;
    let ids: Vec<UserId> = folded.iter().map(|(_, learner, _)| learner.id).collect();
    // Of who is being erased nothing may be written.
    let held = shadows::hold(&txn, &ids).await?;
    let there = folded
        .iter()
        .filter(|(_, learner, _)| held.contains(&learner.id));
    let there: Vec<_> = there.cloned().collect();
    shadows::replace(&txn, &there).await?;
    Ok(txn.commit().await?)
}

/// Folds who is still behind while nobody changes anything, and puts the shadows in their place.
async fn take_over(
    database: &Database,
    env: &Env,
    wanted: &[Projection],
) -> Result<Rebuilt, Error> {
    let (mut rebuilt, mut outlines, mut last) = (Rebuilt::default(), Outlines::new(), None);
    let txn = database.begin().await?;
    swap::block_writers(&txn).await?;
    loop {
        let stale = shadows::list_stale(&txn, last, LEARNERS_AT_ONCE).await?;
        let Some(newest) = stale.last() else {
            break;
        };
        last = Some(newest.learner);
        let folded = fold_some(&txn, stale, &mut outlines, &mut rebuilt).await?;
        shadows::replace(&txn, &folded).await?;
    }
    for projection in Projection::ALL {
        // Achievements are given one after the other, and are there when that is done.
        if wanted.contains(&projection) && projection != Projection::Achievements {
            swap::swap(&txn, projection).await?;
            projections::save(&txn, projection, env.now()).await?;
        }
    }
    txn.commit().await?;
    Ok(rebuilt)
}

/// In several transactions, because the server goes on.
async fn clear(database: &Database) -> Result<(), Error> {
    loop {
        let txn = database.begin_private().await?;
        let deleted = shadows::delete_some(&txn, LEARNERS_AT_ONCE.unsigned_abs()).await?;
        txn.commit().await?;
        if deleted == 0 {
            return Ok(());
        }
    }
}

/// Gives every learner what they have reached and not got.
async fn give_achievements(database: &Database, env: &Env) -> Result<(), Error> {
    let rewards = rewards::Service::new(database.clone(), env.clone());
    let operation = Operation::system("rebuild of achievements");
    let mut last = None;
    loop {
        let db = database.read();
        let some = learners::list_after(db, last, LEARNERS_AT_ONCE.unsigned_abs()).await?;
        let Some(newest) = some.last() else {
            return Ok(());
        };
        last = Some(newest.id);
        for learner in &some {
            rewards.catch_up(learner.id, &operation).await?;
        }
    }
}

/// The number of the last fact of the log where a projection is in the version of another release, or was never made;
/// 0 where it is in the version of this one, because each fact changes it in its own transaction.
pub(crate) async fn lags(database: &Database) -> Result<Vec<(Projection, i64)>, Error> {
    let db = database.read();
    let stored = projections::list(db).await?;
    let newest = projections::newest_fact(db).await?;
    let lag = |projection: Projection| {
        let record = stored.iter().find(|one| one.name == projection.name());
        match record {
            Some(record) if record.version == projection.version() => 0,
            _ => newest,
        }
    };
    Ok(Projection::ALL.map(|one| (one, lag(one))).to_vec())
}
