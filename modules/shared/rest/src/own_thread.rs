//! Calls to servers of others, beside the threads that serve requests and handle events.

use std::io;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::JoinError;

/// A thread for tasks that wait for servers of others: whatever those answer, and however much work it is
/// to read, no other task waits for it. The thread ends when this is dropped.
#[derive(Debug)]
pub struct OwnThread {
    runtime: Handle,
    _end: oneshot::Sender<()>,
}

impl OwnThread {
    /// Starts a thread of this name.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn start(name: &str) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (end, ended) = oneshot::channel::<()>();
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || runtime.block_on(ended))?;
        Ok(Self {
            runtime: handle,
            _end: end,
        })
    }

    /// Runs a task there, to its end even when nobody waits for it any more.
    ///
    /// # Errors
    /// When the task panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        task: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, JoinError> {
        self.runtime.spawn(task).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_that_stalls_its_thread_stalls_nobody_else() {
        let thread = OwnThread::start("test").expect("a thread");
        let here = std::thread::current().id();
        let (free, stalled) = std::sync::mpsc::channel();
        let task = thread.run(async move {
            // Without a thread of its own, nobody would be left to send this.
            let _ = stalled.recv();
            std::thread::current().id()
        });
        let (there, _) = tokio::join!(task, async { free.send(()) });
        assert_ne!(there.expect("an id"), here);
        let broken = thread.run(async { panic!("a task breaks") }).await;
        assert!(broken.expect_err("it panicked").is_panic());
        assert_eq!(thread.run(async { 7 }).await.expect("the thread lives"), 7);
    }
}
