//! When what is past its retention may be deleted.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use kernel::SteadyClock;

/// How often it is deleted, and for how long the clock must have gone on steadily before.
const EVERY: Duration = Duration::from_secs(3600);

/// Lets a worker delete what is old once an hour, and never before an hour in which the clock has gone on as time does:
/// by a clock that was wrong when the host started, or that was set, what is young would be deleted for good.
#[derive(Debug, Default)]
pub(crate) struct Retention(Mutex<Option<Looks>>);

#[derive(Debug)]
struct Looks {
    clock: SteadyClock,
    last: Instant,
}

impl Retention {
    /// Whether it is time, by a clock that shows `now`; then it counts as done.
    pub(crate) fn is_due(&self, now: DateTime<Utc>, at: Instant) -> bool {
        let mut looks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let looks = looks.get_or_insert_with(|| Looks {
            clock: SteadyClock::new(now, at),
            last: at,
        });
        looks.clock.look(now, at);
        let rested = at.saturating_duration_since(looks.last);
        if looks.clock.steady_for() < EVERY || rested < EVERY {
            return false;
        }
        looks.last = at;
        true
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn nothing_is_deleted_before_an_hour_of_a_steady_clock_and_then_once_an_hour() {
        let (start, at) = (DateTime::UNIX_EPOCH, Instant::now());
        let retention = Retention::default();
        let due = |minutes: i64, ahead: TimeDelta| {
            let passed = TimeDelta::minutes(minutes);
            let elapsed = passed.to_std().expect("positive");
            retention.is_due(start + passed + ahead, at + elapsed)
        };
        let (none, days) = (TimeDelta::zero(), TimeDelta::days(100));
        assert!(!due(0, days), "a host may start with a wrong clock");
        assert!(!due(5, days) && !due(6, none), "which is set right");
        assert!(!due(65, none) && due(66, none));
        assert!(!due(67, none) && !due(125, none) && due(126, none));
    }
}
