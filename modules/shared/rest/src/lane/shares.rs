//! Whose turn it is in a lane.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Tasks of one requester that may wait for their own, before the next is rejected.
const QUEUE_OF_ONE: usize = 8;

tokio::task_local! {
    static REQUESTER: Arc<str>;
}

/// Does `work` for `requester`: a user or a network, by any name that is theirs alone. Everything
/// that it sends into a [`super::Lane`] is taken in turns with what others send.
pub async fn on_behalf_of<F: Future>(requester: impl Into<Arc<str>>, work: F) -> F::Output {
    REQUESTER.scope(requester.into(), work).await
}

/// The requesters with a task in a lane.
#[derive(Debug, Clone, Default)]
pub(super) struct Shares(Arc<Mutex<HashMap<Arc<str>, Share>>>);

/// The tasks of one requester.
#[derive(Debug)]
struct Share {
    tasks: usize,
    one_at_a_time: Arc<Semaphore>,
}

/// The turn of one requester, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    _alone: OwnedSemaphorePermit,
    _counted: Counted,
}

/// Too many tasks of the requester wait already.
#[derive(Debug)]
pub(super) struct Full;

/// One task, until it is dropped.
#[derive(Debug)]
struct Counted {
    shares: Shares,
    requester: Arc<str>,
}

impl Shares {
    /// Waits until no other task of the requester runs or waits among those of others; `None` for work that is done
    /// for nobody.
    pub(super) async fn take_turn(&self) -> Result<Option<Turn>, Full> {
        let Ok(requester) = REQUESTER.try_with(Arc::clone) else {
            return Ok(None);
        };
        let (counted, one_at_a_time) = self.count(requester).ok_or(Full)?;
        let alone = one_at_a_time.acquire_owned().await;
        Ok(Some(Turn {
            _alone: alone.map_err(|_| Full)?,
            _counted: counted,
        }))
    }

    fn count(&self, requester: Arc<str>) -> Option<(Counted, Arc<Semaphore>)> {
        let mut shares = self.shares();
        let share = shares
            .entry(Arc::clone(&requester))
            .or_insert_with(|| Share {
                tasks: 0,
                one_at_a_time: Arc::new(Semaphore::new(1)),
            });
        if share.tasks > QUEUE_OF_ONE {
            return None;
        }
        share.tasks += 1;
        let counted = Counted {
            shares: self.clone(),
            requester,
        };
        Some((counted, Arc::clone(&share.one_at_a_time)))
    }

    fn shares(&self) -> MutexGuard<'_, HashMap<Arc<str>, Share>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn waiting(&self, requester: &str) -> usize {
        self.shares().get(requester).map_or(0, |share| share.tasks)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut shares = self.shares.shares();
        if let Some(share) = shares.get_mut(&self.requester) {
            share.tasks -= 1;
            if share.tasks == 0 {
                shares.remove(&self.requester);
            }
        }
    }
}
