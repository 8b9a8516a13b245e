//! Whether the clock of this host can be trusted with what cannot be undone: by one that was set ahead, an account would
//! be erased, a course published, and what is kept for some time deleted before their time.

use std::sync::PoisonError;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use database::{Database, clock_reading};
use kernel::{Env, SteadyClock};
use sea_orm::DbErr;
use tokio::sync::Mutex;

/// How long a clock must have gone on steadily after a doubt.
const PROBATION: Duration = Duration::from_secs(600);
/// How long an installation can have rested without a doubt about the clock that it wakes up to.
const REST: TimeDelta = TimeDelta::days(1);
/// How far the clock may be ahead of the database's.
const AHEAD: TimeDelta = TimeDelta::minutes(1);
/// How often a reading is kept, and how often the log says that the clock is not trusted.
const EVERY: Duration = Duration::from_secs(60);

/// The clock of this host, as all tasks of this process see it.
pub(crate) struct TrustedClock {
    database: Database,
    env: Env,
    sight: Mutex<Option<Sight>>,
    said_at: std::sync::Mutex<Option<Instant>>,
}

struct Sight {
    clock: SteadyClock,
    doubted: bool,
    kept_at: Option<Instant>,
}

impl TrustedClock {
    /// `database` is one of this process, which keeps what the clock has shown.
    pub(crate) fn new(database: Database, env: Env) -> Self {
        Self {
            database,
            env,
            sight: Mutex::default(),
            said_at: std::sync::Mutex::default(),
        }
    }

    /// Whether what is due by this clock may be done now.
    pub(crate) async fn is_trusted(&self) -> bool {
        let looked = self.look(self.env.now(), Instant::now()).await;
        looked.unwrap_or_else(|error| {
            if self.may_say(Instant::now()) {
                tracing::warn!(error = %error, "reading the time of the database failed; what cannot be undone waits");
            }
            false
        })
    }

    /// Every task asks, and the log needs to say it once a minute.
    fn may_say(&self, at: Instant) -> bool {
        let mut said_at = self.said_at.lock().unwrap_or_else(PoisonError::into_inner);
        let is_recent = |said: Instant| at.saturating_duration_since(said) < EVERY;
        let may = !said_at.is_some_and(is_recent);
        if may {
            *said_at = Some(at);
        }
        may
    }

    async fn look(&self, now: DateTime<Utc>, at: Instant) -> Result<bool, DbErr> {
        let mut sight = self.sight.lock().await;
        let db = self.database.read();
        let sight = match &mut *sight {
            Some(sight) => sight,
            none => none.insert(Sight::after(clock_reading::last(db).await?, now, at)),
        };
        if !sight.trusts(now, at) {
            return Ok(false);
        }
        if now - database::clock(db, now).await? > AHEAD {
            if self.may_say(at) {
                tracing::error!(
                    "the clock of this host is more than a minute ahead of the database's; no export or erasure starts here until it is corrected, and nothing expires or is published"
                );
            }
            return Ok(false);
        }
        let is_kept = |kept: Instant| at.saturating_duration_since(kept) < EVERY;
        if !sight.kept_at.is_some_and(is_kept) {
            let txn = self.database.begin_private().await?;
            clock_reading::keep(&txn, now).await?;
            txn.commit().await?;
            sight.kept_at = Some(at);
        }
        Ok(true)
    }
}

impl Sight {
    /// The first look after a start.
    fn after(last: Option<DateTime<Utc>>, now: DateTime<Utc>, at: Instant) -> Self {
        let rest = last.map(|last| now - last);
        let doubted = rest.is_some_and(|rest| rest.abs() > REST);
        if doubted {
            let days = rest.map_or(0, |rest| rest.num_days());
            let (days, side) = (days.abs(), if days < 0 { "behind" } else { "ahead of" });
            tracing::warn!(
                "the clock of this host is {days} days {side} the time at which this installation last ran; what cannot be undone (exports, erasures, publishing and expiry) waits for ten minutes, in case it is wrong"
            );
        }
        Self {
            clock: SteadyClock::new(now, at),
            doubted,
            kept_at: None,
        }
    }

    fn trusts(&mut self, now: DateTime<Utc>, at: Instant) -> bool {
        if self.clock.look(now, at) {
            self.doubted = true;
            tracing::error!(
                "the clock of this host jumped by more than a minute (it was set, or the host was suspended); exports, erasures, publishing and expiry start again after ten minutes"
            );
        }
        !self.doubted || self.clock.steady_for() >= PROBATION
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::DatabaseBackend;
    use testkit::TestDatabase;

    use super::*;

    /// Whether a process that starts after `rest` trusts its clock after so many seconds.
    fn trusts(rest: Option<TimeDelta>, looks: &[(u64, TimeDelta)]) -> Vec<bool> {
        let (start, at) = (DateTime::UNIX_EPOCH, Instant::now());
        let mut sight = Sight::after(rest.map(|rest| start - rest), start, at);
        let mut look = |seconds: u64, ahead: TimeDelta| {
            let elapsed = Duration::from_secs(seconds);
            let now = start + TimeDelta::from_std(elapsed).expect("short") + ahead;
            sight.trusts(now, at + elapsed)
        };
        looks.iter().map(|(after, by)| look(*after, *by)).collect()
    }

    #[test]
    fn a_clock_is_trusted_at_once_after_a_short_rest_and_after_a_while_otherwise() {
        let none = TimeDelta::zero();
        let looks = [(0, none), (590, none), (600, none)];
        for short in [None, Some(none), Some(TimeDelta::hours(23))] {
            assert_eq!(trusts(short, &looks), [true, true, true]);
        }
        for days in [100, -100] {
            let long = Some(TimeDelta::days(days));
            assert_eq!(trusts(long, &looks), [false, false, true]);
        }
    }

    #[test]
    fn a_clock_that_was_set_is_trusted_again_after_a_while() {
        let (none, days) = (TimeDelta::zero(), TimeDelta::days(4));
        let looks = [
            (5, none),
            (10, days),
            (20, days),
            (30, none),
            (629, none),
            (630, none),
        ];
        let trusted = [true, false, false, false, false, true];
        assert_eq!(trusts(None, &looks), trusted);
    }

    #[tokio::test]
    async fn a_clock_that_is_ahead_of_the_databases_is_not_trusted_and_not_kept() {
        let database = TestDatabase::new::<migrations::course::Migrator>().await;
        let db = database.read();
        let now = Env::system().now();
        let theirs = database::clock(db, now).await.expect("the time");
        let trusts = async |by: TimeDelta| {
            let clock = TrustedClock::new(Database::clone(&database), Env::system());
            let trusted = clock.look(theirs + by, Instant::now()).await;
            trusted.expect("a database")
        };
        // On SQLite there is one clock, which cannot be ahead of itself.
        let has_its_own = database.backend() == DatabaseBackend::Postgres;
        assert_eq!(trusts(TimeDelta::minutes(10)).await, !has_its_own);
        assert!(trusts(TimeDelta::zero()).await && trusts(-TimeDelta::hours(1)).await);
        let kept = clock_reading::last(db).await.expect("a database");
        let off = kept.expect("a reading") - (theirs - TimeDelta::hours(1));
        assert!(off.abs() < TimeDelta::milliseconds(1), "{off}");
        assert!(!trusts(-TimeDelta::days(3)).await, "after a long rest");
    }
}
