//! Counts of the last ten seconds, in buckets of one second.

use std::time::Instant;

const SECONDS: u64 = 10;

/// Three kinds of things, counted side by side.
#[derive(Debug)]
pub(super) struct Window {
    start: Instant,
    buckets: [Bucket; SECONDS as usize],
}

#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    /// The second after the start that is counted here.
    second: u64,
    counts: [u32; 3],
}

impl Window {
    /// A window in which nothing has happened.
    pub(super) fn new(now: Instant) -> Self {
        Self {
            start: now,
            buckets: [Bucket::default(); SECONDS as usize],
        }
    }

    /// Counts one of `kind`, which is 0, 1 or 2.
    pub(super) fn add(&mut self, kind: usize, now: Instant) {
        let second = self.second(now);
        let slot = usize::try_from(second % SECONDS).unwrap_or_default();
        let bucket = &mut self.buckets[slot];
        if bucket.second != second {
            *bucket = Bucket {
                second,
                counts: [0; 3],
            };
        }
        bucket.counts[kind] += 1;
    }

    /// How many of each kind the last ten seconds hold.
    pub(super) fn sums(&self, now: Instant) -> [u32; 3] {
        let second = self.second(now);
        let recent = self
            .buckets
            .iter()
            .filter(|bucket| bucket.second + SECONDS > second);
        recent.fold([0; 3], |[a, b, c], bucket| {
            let [x, y, z] = bucket.counts;
            [a + x, b + y, c + z]
        })
    }

    fn second(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.start).as_secs()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Window;

    #[test]
    fn what_is_older_than_ten_seconds_is_forgotten() {
        let start = Instant::now();
        let at = |millis| start + Duration::from_millis(millis);
        let mut window = Window::new(start);
        window.add(0, at(0));
        window.add(1, at(900));
        window.add(0, at(5_000));
        assert_eq!(window.sums(at(9_999)), [2, 1, 0]);
        assert_eq!(window.sums(at(10_000)), [1, 0, 0]);
        window.add(2, at(10_100));
        assert_eq!(window.sums(at(10_100)), [1, 0, 1]);
        assert_eq!(window.sums(at(100_000)), [0, 0, 0]);
    }
}
