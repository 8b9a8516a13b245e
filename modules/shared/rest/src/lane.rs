//! Work of the processor beside the request threads, which it would stall.

mod shares;

use std::sync::Arc;
use std::time::Duration;

use kernel::{Fault, Kind};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use shares::on_behalf_of;
use shares::{Shares, Turn};

/// Tasks that may wait per running one, before the next caller is rejected.
const QUEUE_PER_LANE: usize = 16;

/// Runs a few tasks at a time on threads of their own, and lets a few more wait. What runs has to
/// end by itself: the caller gets a timeout, and the task goes on to its end.
///
/// Of each requester, whom [`on_behalf_of`] names, one task at a time runs or waits among those of
/// the others, so that nobody waits for more than one of another's; eight more wait for their own,
/// and further ones are rejected. Work that is done for nobody waits for none of its own.
#[derive(Debug, Clone)]
pub struct Lane {
    running: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
    shares: Shares,
    deadline: Duration,
}

/// A place in a lane, which is free again when it is dropped.
#[derive(Debug)]
pub struct Place {
    _running: OwnedSemaphorePermit,
    _admitted: OwnedSemaphorePermit,
    _turn: Option<Turn>,
}

/// Why a task gave no result.
#[derive(Debug, thiserror::Error)]
pub enum LaneError {
    /// Too many wait already.
    #[error("the server is at capacity; try again in a second")]
    Full,
    /// Too much of the same requester waits already.
    #[error("too many of your requests are in progress at once; wait for some of them to finish")]
    ShareFull,
    /// It waited or ran for longer than its deadline.
    #[error("the request took too long and was canceled; try again")]
    Late,
    /// It panicked.
    #[error("a task broke off: {0}")]
    Broken(#[from] tokio::task::JoinError),
}

impl Fault for LaneError {
    fn kind(&self) -> Kind {
        match self {
            Self::Full | Self::Late => Kind::Unavailable,
            Self::ShareFull => Kind::Limited,
            Self::Broken(_) => Kind::Internal,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Full | Self::Late => "server.busy",
            Self::ShareFull => "request.concurrency_limit_exceeded",
            Self::Broken(_) => "server.internal_error",
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        matches!(self, Self::ShareFull).then_some(Duration::from_secs(1))
    }
}

impl Lane {
    /// A lane of `width` tasks at a time, at least one, each with its waiting done by `deadline`.
    pub fn new(width: usize, deadline: Duration) -> Self {
        let width = width.max(1);
        Self {
            running: Arc::new(Semaphore::new(width)),
            admitted: Arc::new(Semaphore::new(width * (QUEUE_PER_LANE + 1))),
            shares: Shares::default(),
            deadline,
        }
    }

    /// A lane as wide as half of the processors, which leaves the others to requests.
    pub fn beside_requests(deadline: Duration) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self::new(cores.div_ceil(2), deadline)
    }

    /// What `work` gives.
    ///
    /// # Errors
    /// [`LaneError`] when there is no room, no time or a panic.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, LaneError> {
        let result = async move {
            let place = self.take_place().await?;
            // The place goes along, so that a caller who hangs up does not free the lane early.
            let task = tokio::task::spawn_blocking(move || {
                let result = work();
                drop(place);
                result
            });
            Ok(task.await?)
        };
        let result = tokio::time::timeout(self.deadline, result).await;
        result.map_err(|_| LaneError::Late)?
    }

    /// Waits for a place, for work that is not done on a thread of its own, such as a long
    /// transaction.
    ///
    /// # Errors
    /// [`LaneError`] when there is no room or no time.
    pub async fn enter(&self) -> Result<Place, LaneError> {
        let place = tokio::time::timeout(self.deadline, self.take_place()).await;
        place.map_err(|_| LaneError::Late)?
    }

    async fn take_place(&self) -> Result<Place, LaneError> {
        let turn = self
            .shares
            .take_turn()
            .await
            .map_err(|_| LaneError::ShareFull)?;
        let admitted = Arc::clone(&self.admitted);
        let admitted = admitted.try_acquire_owned().map_err(|_| LaneError::Full)?;
        let running = Arc::clone(&self.running).acquire_owned().await;
        Ok(Place {
            _running: running.map_err(|_| LaneError::Full)?,
            _admitted: admitted,
            _turn: turn,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, mpsc};
    use std::time::Duration;

    use super::{Lane, LaneError, on_behalf_of};

    #[tokio::test(flavor = "multi_thread")]
    async fn a_full_lane_refuses_and_work_that_runs_on_keeps_its_place() {
        let lane = Lane::new(1, Duration::from_millis(200));
        let (end, ended) = mpsc::channel::<()>();
        let late = lane.run(move || ended.recv()).await;
        assert!(matches!(late, Err(LaneError::Late)), "{late:?}");
        let waiting: Vec<_> = (0..17)
            .map(|_| {
                let lane = lane.clone();
                tokio::spawn(async move { lane.run(|| ()).await })
            })
            .collect();
        let mut results = Vec::new();
        for one in waiting {
            results.push(one.await.expect("no panic"));
        }
        let full = |result: &&Result<(), _>| matches!(result, Err(LaneError::Full));
        let late = |result: &&Result<(), _>| matches!(result, Err(LaneError::Late));
        assert_eq!(results.iter().filter(full).count(), 1, "{results:?}");
        assert_eq!(results.iter().filter(late).count(), 16, "{results:?}");
        end.send(()).expect("it still runs");
        assert_eq!(lane.run(|| 7).await.expect("room again"), 7);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn whoever_sends_much_keeps_nobody_waiting_for_more_than_one_of_it() {
        let lane = Lane::new(1, Duration::from_secs(20));
        let (end, ended) = mpsc::channel::<()>();
        let order = Arc::new(Mutex::new(Vec::new()));
        let first = lane.clone();
        let running = tokio::spawn(on_behalf_of("many", async move {
            first.run(move || ended.recv()).await.map(drop)
        }));
        while lane.running.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let send = |who: &'static str| {
            let (lane, order) = (lane.clone(), Arc::clone(&order));
            let work = async move {
                lane.run(move || order.lock().expect("whole").push(who))
                    .await
            };
            tokio::spawn(on_behalf_of(who, work))
        };
        let many: Vec<_> = (0..30).map(|_| send("many")).collect();
        while lane.shares.waiting("many") < 9 {
            tokio::task::yield_now().await;
        }
        let admitted = lane.admitted.available_permits();
        let other = send("other");
        // From then on it waits for the one that runs.
        while lane.admitted.available_permits() == admitted {
            tokio::task::yield_now().await;
        }
        end.send(()).expect("it runs");
        other.await.expect("no panic").expect("a place");
        running.await.expect("no panic").expect("a place");
        let mut refused = 0;
        for one in many {
            let one = one.await.expect("no panic");
            refused += usize::from(matches!(one, Err(LaneError::ShareFull)));
        }
        assert_eq!(refused, 22, "eight wait behind the one that runs");
        let order = order.lock().expect("whole").clone();
        let place = order.iter().position(|who| *who == "other");
        assert!(place.is_some_and(|place| place <= 1), "{order:?}");
        assert_eq!(
            lane.shares.waiting("many"),
            0,
            "nothing is kept of who is gone"
        );
    }

    #[tokio::test]
    async fn a_place_that_was_entered_is_free_when_it_is_left() {
        let lane = Lane::new(1, Duration::from_millis(100));
        let place = lane.enter().await.expect("room");
        assert!(matches!(lane.enter().await, Err(LaneError::Late)));
        drop(place);
        lane.enter().await.expect("room again");
    }
}
