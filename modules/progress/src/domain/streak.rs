//! Days in a row, in the learner's own time zone, with one grace day in seven.

use chrono::{DateTime, Days, NaiveDate, Utc};
use chrono_tz::Tz;

#[cfg(test)]
mod tests;

/// How many days must lie between two grace days.
const GRACE_INTERVAL: i64 = 7;

/// A learner's days in a row up to the last active one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Streak {
    pub(crate) days: i32,
    pub(crate) longest: i32,
    pub(crate) last_day: Option<NaiveDate>,
    pub(crate) grace_used_on: Option<NaiveDate>,
}

/// What one more active day did to a streak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The day was counted before, or lies before the last one.
    Same,
    Extended,
    /// The streak ended at this many days; a new one begins with this day.
    Broken(i32),
}

impl Streak {
    /// The streak after an active `day`.
    pub(crate) fn touch(mut self, day: NaiveDate) -> (Self, Step) {
        let gap = self.last_day.map(|last| (day - last).num_days());
        let step = match gap {
            Some(..=0) => return (self, Step::Same),
            None | Some(1) => Step::Extended,
            Some(2) if self.grace_free(day) => {
                self.grace_used_on = day.checked_sub_days(Days::new(1));
                Step::Extended
            }
            Some(_) => Step::Broken(self.days),
        };
        self.days = match step {
            Step::Broken(_) => 1,
            _ => self.days + 1,
        };
        self.longest = self.longest.max(self.days);
        self.last_day = Some(day);
        (self, step)
    }

    /// The days in a row as they stand on `today`: a streak that can still be saved counts.
    pub(crate) fn current(&self, today: NaiveDate) -> i32 {
        match self.last_day.map(|last| (today - last).num_days()) {
            Some(..=1) => self.days,
            Some(2) if self.grace_free(today) => self.days,
            _ => 0,
        }
    }

    /// Whether the day before `day` may be missed.
    pub(crate) fn grace_free(&self, day: NaiveDate) -> bool {
        self.grace_used_on
            .is_none_or(|used| (day - used).num_days() > GRACE_INTERVAL)
    }
}

/// The day on which `moment` falls for a user in `zone`; UTC when the zone is unknown.
pub(crate) fn local_day(moment: DateTime<Utc>, zone: &str) -> NaiveDate {
    let zone: Tz = zone.parse().unwrap_or(Tz::UTC);
    moment.with_timezone(&zone).date_naive()
}
