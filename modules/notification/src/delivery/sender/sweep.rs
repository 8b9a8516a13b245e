//! How often deliveries that wait for a time that was set wrongly are brought back.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};

const SWEPT_EVERY_SECONDS: i64 = 3600;

/// When deliveries were last brought back, which is done once an hour, and when the clock was put back.
#[derive(Debug, Default)]
pub(super) struct Sweep(AtomicI64);

impl Sweep {
    /// Whether it is time; then it counts as done.
    pub(super) fn is_due(&self, now: DateTime<Utc>) -> bool {
        let now = now.timestamp();
        let since = now - self.0.load(Ordering::Relaxed);
        if (0..SWEPT_EVERY_SECONDS).contains(&since) {
            return false;
        }
        self.0.store(now, Ordering::Relaxed);
        true
    }
}
