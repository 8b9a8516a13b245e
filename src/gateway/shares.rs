//! How much one caller says of the health of a service: what is slow or fails for them alone may be
//! their doing.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::bucket::Bucket;

const WINDOW: Duration = Duration::from_secs(10);
/// Twice as many, on both sides of the border between two windows, are less than half of the calls that a breaker
/// needs to open.
const MOST: u32 = 4;

/// The bad calls of each caller lately.
#[derive(Debug)]
pub(super) struct Shares(Mutex<Counts>);

#[derive(Debug)]
struct Counts {
    since: Instant,
    of: HashMap<Bucket, u32>,
}

impl Shares {
    pub(super) fn new(now: Instant) -> Self {
        Self(Mutex::new(Counts {
            since: now,
            of: HashMap::new(),
        }))
    }

    /// Whether a bad call of this caller counts, as the first few within some seconds do.
    pub(super) fn take(&self, caller: Bucket, now: Instant) -> bool {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_duration_since(counts.since) >= WINDOW {
            counts.since = now;
            counts.of.clear();
        }
        let count = counts.of.entry(caller).or_default();
        *count += 1;
        *count <= MOST
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Bucket, MOST, Shares};

    #[test]
    fn the_bad_calls_of_one_caller_count_up_to_a_share_and_those_of_others_beside_them() {
        let start = Instant::now();
        let shares = Shares::new(start);
        let [one, other] = ["192.0.2.1", "192.0.2.2"].map(|ip| Bucket::of_address(ip.parse().ok()));
        let counted = (0..40).filter(|_| shares.take(one, start)).count();
        assert_eq!(counted, MOST as usize);
        assert!(shares.take(other, start));
        let later = start + Duration::from_secs(10);
        assert!(shares.take(one, later));
    }
}
