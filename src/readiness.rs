//! Whether this process takes requests, which the probes answer and a start or an end sets.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the process takes requests: after its start and until it is stopped.
#[derive(Debug, Clone, Default)]
pub struct Readiness(Arc<AtomicBool>);

impl Readiness {
    /// Opens or closes the door.
    pub fn set(&self, ready: bool) {
        self.0.store(ready, Ordering::Relaxed);
    }

    /// Whether requests are taken.
    pub fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
