//! The loop that every background worker runs: as long as there is work, and then when a commit
//! brings some.

use std::error::Error;
use std::time::Duration;

use async_trait::async_trait;
use kernel::Env;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::retry;

/// Commits wake a worker; work that no commit announces, such as a retry that is due, is found by
/// looking this often.
const POLL: Duration = Duration::from_secs(1);
/// The step at which pauses after failures grow no longer, so that a worker whose database is back
/// takes over within the time that leases promise.
const LONGEST_PAUSE: i32 = 3;

/// What is done in the background, a batch at a time.
#[async_trait]
pub trait Worker: Send + Sync {
    /// What log lines call it.
    fn name(&self) -> String;

    /// Does the next batch; returns whether there may be more to do at once.
    ///
    /// # Errors
    /// Why nothing was done; it is tried again.
    async fn work(&self) -> Result<bool, Box<dyn Error + Send + Sync>>;
}

/// Runs `worker` until `stop`: again at once while there is more to do, then at the next of `commits`
/// or after a second. After a failure it waits for longer each time, 1.6 s at most.
pub async fn run_worker(
    worker: &dyn Worker,
    env: &Env,
    mut commits: watch::Receiver<u64>,
    stop: &CancellationToken,
) {
    let mut failures = 0;
    while !stop.is_cancelled() {
        commits.mark_unchanged();
        match worker.work().await {
            Ok(true) => failures = 0,
            Ok(false) => {
                failures = 0;
                tokio::select! {
                    _ = commits.changed() => {}
                    () = tokio::time::sleep(POLL) => {}
                    () = stop.cancelled() => {}
                }
            }
            Err(error) => {
                let error = kernel::with_causes(&*error);
                let name = worker.name();
                tracing::warn!(worker = name, %error, "a background worker failed and tries again");
                failures += 1;
                tokio::select! {
                    () = tokio::time::sleep(retry::pause(env, failures.min(LONGEST_PAUSE))) => {}
                    () = stop.cancelled() => {}
                }
            }
        }
    }
}
