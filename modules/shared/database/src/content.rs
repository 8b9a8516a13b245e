//! How long content that was read is known to be what the database holds.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::DatabaseBackend;

use crate::Database;

/// How long content holds that other processes may change: they tell of their commits, and what
/// they tell may be late or lost.
const LIFETIME: TimeDelta = TimeDelta::seconds(1);

/// When content was read. Taken before the first statement, so that a commit in between makes what
/// was read out of date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentState {
    /// How many commits of content this process knew of.
    pub generation: u64,
    /// The time.
    pub read_at: DateTime<Utc>,
    /// Whether no other process changes content: on SQLite a server holds the data folder. Commands
    /// that run beside it change accounts alone, so whoever keeps accounts limits their age.
    pub alone: bool,
}

impl ContentState {
    /// Whether content that was read in this state is what this process knows to be there `now`:
    /// until a commit changes content and, where other processes commit too, for a second at most.
    pub fn holds(self, now: Self) -> bool {
        self.generation == now.generation && (now.alone || self.is_recent(now))
    }

    /// Whether it was read within the last second.
    pub fn is_recent(self, now: Self) -> bool {
        let age = now.read_at - self.read_at;
        TimeDelta::zero() <= age && age < LIFETIME
    }
}

impl Database {
    /// The state of content at `now`.
    pub fn content_state(&self, now: DateTime<Utc>) -> ContentState {
        ContentState {
            generation: self.generation(),
            read_at: now,
            alone: self.backend() == DatabaseBackend::Sqlite,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::ContentState;

    #[test]
    fn content_holds_until_a_commit_and_beside_other_processes_for_a_second() {
        let read = ContentState {
            generation: 7,
            read_at: DateTime::UNIX_EPOCH,
            alone: true,
        };
        let later = |seconds, generation, alone| ContentState {
            generation,
            read_at: DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds),
            alone,
        };
        assert!(read.holds(later(3600, 7, true)));
        assert!(!read.holds(later(0, 8, true)));
        assert!(read.holds(later(0, 7, false)));
        assert!(!read.holds(later(1, 7, false)));
        assert!(!read.holds(later(-1, 7, false)), "the clock went back");
    }
}
