//! Whether the events that are delivered to a module get into its inbox.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What the transport of this process knows of the way into one inbox. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Intake(Arc<Mutex<Option<IntakeFailure>>>);

/// Why no events come in.
#[derive(Debug, Clone)]
pub struct IntakeFailure {
    since: Instant,
    /// What failed last.
    pub error: String,
}

impl Intake {
    /// Events could not be received or stored; they are delivered again.
    pub fn failed(&self, error: &impl ToString) {
        let error = error.to_string();
        let mut failure = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = failure
            .as_ref()
            .map_or_else(Instant::now, |known| known.since);
        *failure = Some(IntakeFailure { since, error });
    }

    /// Events come in.
    pub fn works(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Why no events come in; `None` as long as nothing is known to be wrong.
    pub fn failure(&self) -> Option<IntakeFailure> {
        let failure = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failure.clone()
    }
}

impl IntakeFailure {
    /// For how long none have come in.
    pub fn lasts(&self) -> Duration {
        self.since.elapsed()
    }
}
