//! What the reading side of a connection and the code that answers its requests tell each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Waker;

use futures::task::AtomicWaker;

/// The state of a connection, shared with the code that answers its requests.
#[derive(Clone, Default)]
pub(super) struct Answered(Arc<Counts>);

#[derive(Default)]
struct Counts {
    /// Waits for the next answer.
    reader: AtomicWaker,
    /// How many requests were answered, at least the head of the answer.
    answered: AtomicU64,
    /// Which request's body breaks the rules; the first is 1, and 0 is none.
    broken: AtomicU64,
}

impl Answered {
    pub(super) fn count(&self) {
        self.0.answered.fetch_add(1, Ordering::Relaxed);
        self.0.reader.wake();
    }

    /// Wakes who waits for the next answer.
    pub(super) fn wake_after_next(&self, waker: &Waker) {
        self.0.reader.register(waker);
    }

    pub(super) fn so_far(&self) -> u64 {
        self.0.answered.load(Ordering::Relaxed)
    }

    pub(super) fn note_broken(&self, request: u64) {
        self.0.broken.store(request, Ordering::Relaxed);
    }

    /// Whether the body of the request that is being answered is known to break the rules.
    pub(super) fn is_broken(&self) -> bool {
        self.0.broken.load(Ordering::Relaxed) == self.so_far() + 1
    }
}
