//! Work of the processor beside the request threads, which it would stall.

use std::sync::Arc;
use std::time::Duration;

use kernel::{Fault, Kind};
use tokio::sync::Semaphore;

/// Tasks that may wait per running one, before the next caller is rejected.
const QUEUE_PER_LANE: usize = 16;

/// Runs a few tasks at a time on threads of their own, and lets a few more wait. What runs has to
/// end by itself: the caller gets a timeout, and the task goes on to its end.
#[derive(Debug, Clone)]
pub struct Lane {
    running: Arc<Semaphore>,
    admitted: Arc<Semaphore>,
    deadline: Duration,
}

/// Why a task gave no result.
#[derive(Debug, thiserror::Error)]
pub enum LaneError {
    /// Too many wait already.
    #[error("the server is at capacity; try again in a second")]
    Full,
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
            Self::Broken(_) => Kind::Internal,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Full | Self::Late => "server.busy",
            Self::Broken(_) => "server.internal_error",
        }
    }
}

impl Lane {
    /// A lane of `width` tasks at a time, at least one, each with its waiting done by `deadline`.
    pub fn new(width: usize, deadline: Duration) -> Self {
        let width = width.max(1);
        Self {
            running: Arc::new(Semaphore::new(width)),
            admitted: Arc::new(Semaphore::new(width * (QUEUE_PER_LANE + 1))),
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
        let admitted = Arc::clone(&self.admitted);
        let admitted = admitted.try_acquire_owned().map_err(|_| LaneError::Full)?;
        let running = Arc::clone(&self.running);
        let result = async move {
            let permit = running.acquire_owned().await.map_err(|_| LaneError::Full)?;
            // The permits go along, so that a caller who hangs up does not free the lane early.
            let task = tokio::task::spawn_blocking(move || {
                let result = work();
                drop((permit, admitted));
                result
            });
            Ok(task.await?)
        };
        let result = tokio::time::timeout(self.deadline, result).await;
        result.map_err(|_| LaneError::Late)?
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::{Lane, LaneError};

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
}
