//! Whether a module falls behind with its events, logged once when it begins and once when it ends.

use std::collections::BTreeSet;
use std::time::Duration;

use bus::Backlog;
use chrono::{DateTime, Utc};
use kernel::Env;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::modules::Modules;

/// How often is looked.
const LOOK: Duration = Duration::from_secs(10);
/// An event or an email that waits longer is late: the documented bound after a restart under load.
pub(super) const LATE_SECONDS: i64 = 60;

/// How far a module is behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Lag {
    /// Events that are to be sent or handled.
    pub waiting: u64,
    /// How long the oldest of them waits to be sent.
    pub outbox_seconds: i64,
    /// How long the oldest of them waits to be handled.
    pub inbox_seconds: i64,
}

impl Lag {
    /// The lag of a module at `now`.
    pub fn of(backlog: &Backlog, now: DateTime<Utc>) -> Self {
        // The clock of who wrote the row may be ahead of ours.
        let age = |oldest: Option<DateTime<Utc>>| {
            oldest.map_or(0, |oldest| (now - oldest).num_seconds().max(0))
        };
        Self {
            waiting: backlog.outbox_pending + backlog.inbox_pending,
            outbox_seconds: age(backlog.outbox_oldest),
            inbox_seconds: age(backlog.inbox_oldest),
        }
    }

    /// How long the oldest event waits.
    pub fn seconds(&self) -> i64 {
        self.outbox_seconds.max(self.inbox_seconds)
    }

    /// Whether it waits longer than it may.
    pub fn is_late(&self) -> bool {
        self.seconds() > LATE_SECONDS
    }
}

/// Looks at the modules of this process until `stop`.
pub async fn watch(modules: Modules, env: Env, stop: CancellationToken) {
    let (mut late, mut unread) = (BTreeSet::new(), BTreeSet::new());
    loop {
        for (module, backlog) in modules.backlogs().await {
            let module = module.as_str();
            log_unread(&mut unread, module, backlog.as_ref().err());
            if let Ok(backlog) = backlog {
                log_lag(&mut late, module, Lag::of(&backlog, env.now()));
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = stop.cancelled() => return,
        }
    }
}

fn log_lag(late: &mut BTreeSet<&'static str>, module: &'static str, lag: Lag) {
    if lag.is_late() && late.insert(module) {
        tracing::warn!(
            module,
            events.waiting = lag.waiting,
            events.oldest_seconds = lag.seconds(),
            "the events of a module have been waiting for more than a minute: more arrive than are handled, or one of them is blocked; see /health and gopro events dead-letters list"
        );
    } else if !lag.is_late() && late.remove(module) {
        tracing::info!(module, "the events of a module are handled in time again");
    }
}

fn log_unread(
    unread: &mut BTreeSet<&'static str>,
    module: &'static str,
    error: Option<&anyhow::Error>,
) {
    match error {
        Some(error) if unread.insert(module) => tracing::warn!(
            module,
            error = %error,
            "the event backlog of a module is unknown, because its database does not respond; check whether it is running"
        ),
        None if unread.remove(module) => {
            tracing::info!(module, "the event backlog of a module is known again");
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::{DateTime, Duration, Utc};

    use super::{Backlog, Lag, log_lag, log_unread};

    fn lag(outbox: i64, inbox: i64) -> Lag {
        let now: DateTime<Utc> = DateTime::UNIX_EPOCH;
        let backlog = Backlog {
            outbox_pending: 3,
            outbox_oldest: Some(now - Duration::seconds(outbox)),
            inbox_pending: 4,
            inbox_oldest: Some(now - Duration::seconds(inbox)),
            ..Backlog::default()
        };
        Lag::of(&backlog, now)
    }

    #[test]
    fn a_module_lags_when_an_event_waits_longer_than_a_minute_on_either_side() {
        assert!(!lag(60, 60).is_late());
        assert!(lag(61, 0).is_late() && lag(0, 61).is_late());
        assert_eq!(lag(61, 70).seconds(), 70);
        assert_eq!(lag(61, 70).waiting, 7);
        let ahead = lag(-600, -600);
        assert_eq!(ahead.seconds(), 0, "no negative durations");
        let nothing = Lag::of(&Backlog::default(), DateTime::UNIX_EPOCH);
        assert!(!nothing.is_late());
    }

    #[test]
    fn a_lag_is_logged_once_until_it_ends() {
        let mut late = BTreeSet::new();
        log_lag(&mut late, "progress", lag(0, 61));
        log_lag(&mut late, "progress", lag(0, 90));
        log_lag(&mut late, "course", lag(0, 0));
        assert_eq!(late, BTreeSet::from(["progress"]));
        log_lag(&mut late, "progress", lag(0, 5));
        assert!(late.is_empty());
    }

    #[test]
    fn a_silent_database_is_logged_once_until_it_answers() {
        let mut unread = BTreeSet::new();
        let silent = anyhow::anyhow!("silent");
        log_unread(&mut unread, "progress", Some(&silent));
        log_unread(&mut unread, "progress", Some(&silent));
        log_unread(&mut unread, "course", None);
        assert_eq!(unread, BTreeSet::from(["progress"]));
        log_unread(&mut unread, "progress", None);
        assert!(unread.is_empty());
    }
}
