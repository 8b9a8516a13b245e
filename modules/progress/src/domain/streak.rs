//! Days in a row: one pure rule over the moments of learning and the time zones of the learner. It is written down in
//! `docs/streaks.md`.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use super::vacation::{Vacation, is_vacation};

#[cfg(test)]
mod tests;

/// How many days must lie between two grace days.
const GRACE_INTERVAL: u64 = 7;
/// In which steps, and how many, the first moment of a day is looked for where clocks skip its midnight. No zone has ever
/// skipped more than a day.
const STEP: TimeDelta = TimeDelta::minutes(15);
const STEPS: usize = 4 * 26;

/// A learner's days in a row, up to the last one that counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Streak {
    pub(crate) days: i32,
    pub(crate) longest: i32,
    /// The last active day, in the zone that the learner had then.
    pub(crate) last_day: Option<NaiveDate>,
    /// When the learner learned last.
    pub(crate) last_at: Option<DateTime<Utc>>,
    /// When the last day that counted was learned on first.
    pub(crate) counted_at: Option<DateTime<Utc>>,
    /// When that day ended, in the zone of that moment: whatever the zone becomes, no other day counts before.
    pub(crate) next_day_at: Option<DateTime<Utc>>,
    /// Until when the streak lasts without a grace day.
    pub(crate) alive_until: Option<DateTime<Utc>>,
    /// Until when a grace day saves it.
    pub(crate) grace_until: Option<DateTime<Utc>>,
    /// From when on there is a grace day again.
    pub(crate) grace_free_at: Option<DateTime<Utc>>,
}

/// What one more moment of learning did to a streak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// No other day began with it.
    Same,
    Extended,
    /// The streak ended at this many days; a new one begins with this day.
    Broken(i32),
}

impl Streak {
    /// The streak after learning at a moment, in the zone that the learner has then.
    pub(crate) fn learn(mut self, at: DateTime<Utc>, zone: &str) -> (Self, Step) {
        if self.last_at.is_some_and(|last| at <= last) {
            return (self, Step::Same);
        }
        let zone = zone_of(zone);
        let day = day_in(at, zone);
        let step = self.step(at, day, zone);
        self.last_at = Some(at);
        self.last_day = self.last_day.max(Some(day));
        if step == Step::Same {
            self.keep_alive(zone);
            return (self, step);
        }
        let saved = step == Step::Extended && !reaches(self.alive_until, at);
        if saved && self.counted_at.is_some() {
            self.grace_free_at = Some(start_of(day, GRACE_INTERVAL, zone));
        }
        self.days = match step {
            Step::Broken(_) => 1,
            _ => self.days + 1,
        };
        self.longest = self.longest.max(self.days);
        self.counted_at = Some(at);
        self.next_day_at = Some(start_of(day, 1, zone));
        (self.alive_until, self.grace_until) = (None, None);
        self.keep_alive(zone);
        (self, step)
    }

    /// Another day counts when the last one is over where it counted, and when it is another one where the learner is
    /// now.
    fn step(&self, at: DateTime<Utc>, day: NaiveDate, zone: Tz) -> Step {
        let Some(counted) = self.counted_at else {
            return Step::Extended;
        };
        if reaches(self.next_day_at, at) || day <= day_in(counted, zone) {
            return Step::Same;
        }
        match self.is_alive(at) {
            true => Step::Extended,
            false => Step::Broken(self.days),
        }
    }

    /// The streak after the learner has taken another zone. The days that count stay, and it lasts as long as it would
    /// in any zone that the learner has had since they learned last.
    #[must_use]
    pub(crate) fn change_zone(mut self, zone: &str) -> Self {
        self.keep_alive(zone_of(zone));
        self
    }

    fn keep_alive(&mut self, zone: Tz) {
        let Some(last) = self.last_at else {
            return;
        };
        let day = day_in(last, zone);
        self.alive_until = self.alive_until.max(Some(start_of(day, 2, zone)));
        self.grace_until = self.grace_until.max(Some(start_of(day, 3, zone)));
    }

    /// The streak of a learner who has these vacations: days of them are not missed, so that it lasts as long after them
    /// as it would without them after its last day.
    #[must_use]
    pub(crate) fn spare(mut self, zone: &str, vacations: &[Vacation]) -> Self {
        let Some(last) = self.last_at else {
            return self;
        };
        let zone = zone_of(zone);
        let mut following = day_in(last, zone).iter_days().skip(1);
        let mut next = || following.find(|day| !is_vacation(vacations, *day));
        let end = |day: Option<NaiveDate>| day.map(|day| start_of(day, 1, zone));
        self.alive_until = self.alive_until.max(end(next()));
        self.grace_until = self.grace_until.max(end(next()));
        self
    }

    /// The days in a row as they stand now: a streak that can still be saved counts.
    pub(crate) fn current(&self, now: DateTime<Utc>) -> i32 {
        match self.is_alive(now) {
            true => self.days,
            false => 0,
        }
    }

    fn is_alive(&self, at: DateTime<Utc>) -> bool {
        reaches(self.alive_until, at) || reaches(self.grace_until, at) && self.grace_free(at)
    }

    /// Whether it ends with this day, where the learner is now, unless they learn.
    pub(crate) fn ends_today(&self, now: DateTime<Utc>, zone: &str) -> bool {
        let tomorrow = start_of(local_day(now, zone), 1, zone_of(zone));
        self.current(now) > 0 && !self.is_active(now, zone) && !self.is_alive(tomorrow)
    }

    /// Whether there is a grace day.
    pub(crate) fn grace_free(&self, at: DateTime<Utc>) -> bool {
        self.grace_free_at.is_none_or(|free| at >= free)
    }

    /// Whether the learner has learned today, where they are now. What a wrong clock has dated ahead counts until its
    /// day is over, because nothing that is learned before adds to it.
    pub(crate) fn is_active(&self, now: DateTime<Utc>, zone: &str) -> bool {
        let today = local_day(now, zone);
        self.last_at
            .is_some_and(|last| local_day(last, zone) >= today)
    }
}

fn reaches(end: Option<DateTime<Utc>>, at: DateTime<Utc>) -> bool {
    end.is_some_and(|end| at < end)
}

/// The day on which `moment` falls for a user in `zone`; UTC when the zone is unknown.
pub(crate) fn local_day(moment: DateTime<Utc>, zone: &str) -> NaiveDate {
    day_in(moment, zone_of(zone))
}

fn zone_of(zone: &str) -> Tz {
    zone.parse().unwrap_or(Tz::UTC)
}

fn day_in(moment: DateTime<Utc>, zone: Tz) -> NaiveDate {
    moment.with_timezone(&zone).date_naive()
}

/// The first moment of the day that comes so many days after `day`.
fn start_of(day: NaiveDate, later: u64, zone: Tz) -> DateTime<Utc> {
    let day = day.checked_add_days(Days::new(later)).unwrap_or(day);
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    let mut moment = midnight;
    for _ in 0..STEPS {
        if let Some(found) = zone.from_local_datetime(&moment).earliest() {
            return found.to_utc();
        }
        moment += STEP;
    }
    midnight.and_utc()
}
