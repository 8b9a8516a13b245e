//! What runs in a process, listeners and background tasks, and its orderly end.

use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use anyhow::Result;
use futures::FutureExt;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::readiness::Readiness;

/// How long a background task rests that has panicked.
const PAUSE: Duration = Duration::from_secs(1);

/// Listeners that answer, and the tasks behind them.
pub(crate) struct Running {
    readiness: Readiness,
    handles: Vec<ServerHandle>,
    servers: Vec<JoinHandle<std::io::Result<()>>>,
    tasks: Vec<JoinHandle<()>>,
    stop: CancellationToken,
    drain: Duration,
}

impl Running {
    /// Begins to answer; `stop` is what the tasks end after, `drain` how long a stopping process
    /// still answers.
    pub(crate) fn new(
        readiness: Readiness,
        servers: Vec<Server>,
        tasks: Vec<JoinHandle<()>>,
        stop: CancellationToken,
        drain: Duration,
    ) -> Self {
        let handles = servers.iter().map(Server::handle).collect();
        let servers = servers
            .into_iter()
            .map(|server| tokio::spawn(server))
            .collect();
        readiness.set(true);
        Self {
            readiness,
            handles,
            servers,
            tasks,
            stop,
            drain,
        }
    }

    /// Serves until SIGTERM or SIGINT, then ends in order; a second signal ends at once.
    pub(crate) async fn run(mut self) -> Result<()> {
        let ended = {
            let listeners = self.servers.iter_mut().map(|task| task.map(drop).boxed());
            let workers = self.tasks.iter_mut().map(|task| task.map(drop).boxed());
            let first = futures::future::select_all(listeners.chain(workers));
            tokio::select! {
                signal = terminated() => signal.map(|()| false)?,
                _ = first => true,
            }
        };
        if ended {
            anyhow::bail!(
                "a part of the server has ended unexpectedly; see the log above, and restart the server"
            );
        }
        tracing::info!("stopping: not ready any more, finishing open requests");
        tokio::select! {
            done = self.stop() => done,
            again = terminated() => {
                again?;
                anyhow::bail!("stopped at once by a second signal")
            }
        }
    }

    /// Not ready → drain → stop the background tasks → close the door and finish.
    /// Events of the last requests stay in the outboxes until the next start.
    pub(crate) async fn stop(self) -> Result<()> {
        self.readiness.set(false);
        tokio::time::sleep(self.drain).await;
        self.end(true).await
    }

    /// Stops the background tasks and closes open connections at once.
    pub(crate) async fn abort(self) -> Result<()> {
        self.end(false).await
    }

    async fn end(self, graceful: bool) -> Result<()> {
        // A connection to PostgreSQL is driven by the thread that opened it, which may be one of
        // a listener: who still has leases to give back does so before the listeners end.
        self.stop.cancel();
        for task in self.tasks {
            task.await?;
        }
        for handle in &self.handles {
            handle.stop(graceful).await;
        }
        for server in self.servers {
            server.await??;
        }
        Ok(())
    }
}

/// Runs a background task, and begins it again when it has panicked: what it works on lies in a
/// database or a broker, so nothing is lost by it.
pub(crate) fn keep_running<F>(
    name: &'static str,
    stop: &CancellationToken,
    begin: impl Fn(CancellationToken) -> F + Send + 'static,
) -> JoinHandle<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    let stop = stop.clone();
    tokio::spawn(async move {
        while let Err(ended) = tokio::spawn(begin(stop.clone())).await {
            if !ended.is_panic() || stop.is_cancelled() {
                return;
            }
            tracing::error!(task = name, "a background task panicked; restarting it");
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = stop.cancelled() => return,
            }
        }
    })
}

async fn terminated() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
