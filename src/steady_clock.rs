//! Whether the clock of this host goes on as time does. By one that was set ahead, an account would be
//! erased before its time, and that cannot be undone.

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};

/// What a clock may be corrected at once.
const CORRECTION: TimeDelta = TimeDelta::minutes(1);
/// How long a clock must have gone on steadily after it was set.
const PROBATION: Duration = Duration::from_secs(600);

/// A clock that is looked at regularly.
pub(crate) struct SteadyClock {
    seen: (DateTime<Utc>, Instant),
    set_at: Option<Instant>,
}

impl SteadyClock {
    /// Nothing is known of what was before the start.
    pub(crate) fn new(now: DateTime<Utc>, at: Instant) -> Self {
        Self {
            seen: (now, at),
            set_at: None,
        }
    }

    /// Whether nobody has set the clock lately, which shows `now`.
    pub(crate) fn is_steady(&mut self, now: DateTime<Utc>, at: Instant) -> bool {
        let (before, then) = std::mem::replace(&mut self.seen, (now, at));
        let elapsed = at.saturating_duration_since(then);
        let expected = before + TimeDelta::from_std(elapsed).unwrap_or_default();
        if (now - expected).abs() > CORRECTION {
            self.set_at = Some(at);
            tracing::error!(
                "the clock of this host jumped by more than a minute (it was set, or the host was suspended); exports and erasures start again after ten minutes"
            );
        }
        self.set_at
            .is_none_or(|set| at.saturating_duration_since(set) >= PROBATION)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_is_trusted_again_after_a_while() {
        let (start, at) = (DateTime::UNIX_EPOCH, Instant::now());
        let mut clock = SteadyClock::new(start, at);
        let mut look = |seconds: u64, ahead: TimeDelta| {
            let elapsed = Duration::from_secs(seconds);
            let now = start + TimeDelta::from_std(elapsed).expect("short") + ahead;
            clock.is_steady(now, at + elapsed)
        };
        let (none, days) = (TimeDelta::zero(), TimeDelta::days(4));
        assert!(look(5, none) && look(10, TimeDelta::seconds(30)) && look(15, none));
        assert!(!look(20, days), "it was set ahead");
        assert!(!look(28, days) && !look(35, none), "and back");
        assert!(!look(40, none) && !look(634, none));
        assert!(look(635, none));
    }
}
