//! Whether the clock of this host goes on as time does. By one that was set ahead, accounts would be erased and kept
//! things deleted before their time, and that cannot be undone.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

/// What a clock may be corrected at once.
const CORRECTION: TimeDelta = TimeDelta::minutes(1);

/// A clock that is looked at regularly.
#[derive(Debug)]
pub struct SteadyClock {
    seen: (DateTime<Utc>, Instant),
    since: Instant,
}

impl SteadyClock {
    /// Nothing is known of what was before the start, when the clock shows `now`.
    pub fn new(now: DateTime<Utc>, at: Instant) -> Self {
        Self {
            seen: (now, at),
            since: at,
        }
    }

    /// Takes a look at the clock, which shows `now`; returns whether it has jumped since the last one, by more than a
    /// minute: it was set, or the host was suspended.
    pub fn look(&mut self, now: DateTime<Utc>, at: Instant) -> bool {
        let (before, then) = std::mem::replace(&mut self.seen, (now, at));
        let elapsed = at.saturating_duration_since(then);
        let expected = before + TimeDelta::from_std(elapsed).unwrap_or_default();
        let jumps = (now - expected).abs() > CORRECTION;
        if jumps {
            self.since = at;
        }
        jumps
    }

    /// For how long it has gone on steadily: since it jumped, or since the start.
    pub fn steady_for(&self) -> Duration {
        self.seen.1.saturating_duration_since(self.since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_begins_anew() {
        let (start, at) = (DateTime::UNIX_EPOCH, Instant::now());
        let mut clock = SteadyClock::new(start, at);
        let mut look = |seconds: u64, ahead: TimeDelta| {
            let elapsed = Duration::from_secs(seconds);
            let now = start + TimeDelta::from_std(elapsed).expect("short") + ahead;
            let jumped = clock.look(now, at + elapsed);
            (jumped, clock.steady_for().as_secs())
        };
        let (none, days) = (TimeDelta::zero(), TimeDelta::days(4));
        assert_eq!(look(5, none), (false, 5));
        assert_eq!(look(10, TimeDelta::seconds(30)), (false, 10));
        assert_eq!(look(20, days), (true, 0), "it was set ahead");
        assert_eq!(look(28, days), (false, 8));
        assert_eq!(look(35, none), (true, 0), "and back");
        assert_eq!(look(635, none), (false, 600));
    }
}
