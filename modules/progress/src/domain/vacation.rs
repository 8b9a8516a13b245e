//! Vacations: days that learners set aside before they begin, which keep a streak. The rule is in `docs/streaks.md`.

#[cfg(test)]
mod tests;

use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// How many days of a calendar year can be vacations.
pub(crate) const MAX_DAYS_OF_YEAR: usize = 30;
/// How far ahead a vacation can end.
pub(crate) const MAX_AHEAD: u64 = 366;
/// By how much the first clocks of the world are ahead of UTC.
const FIRST_ZONE: TimeDelta = TimeDelta::hours(14);

/// A vacation as it was announced, with what had happened before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Vacation {
    /// Its first day, where the learner is then.
    pub(crate) from: NaiveDate,
    /// Its last day.
    pub(crate) to: NaiveDate,
    /// How many facts of the learner came before.
    pub(crate) facts: i64,
    /// The newest event of their account that came before: it may have changed their zone.
    pub(crate) sequence: i64,
}

/// Why a vacation is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VacationRefusal {
    EndsBeforeItBegins,
    /// It has begun somewhere in the world.
    Begun,
    TooFarAhead,
    /// All its days are vacations already.
    NothingNew,
    /// A calendar year would have more vacation days than it may.
    TooManyDays {
        year: i32,
    },
}

/// Whether a day is a vacation.
pub(crate) fn is_vacation(vacations: &[Vacation], day: NaiveDate) -> bool {
    vacations.iter().any(|one| one.from <= day && day <= one.to)
}

/// How many days of a calendar year are vacations.
pub(crate) fn days_of_year(vacations: &[Vacation], year: i32) -> usize {
    let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default();
    let days = first.iter_days().take_while(|day| day.year() == year);
    days.filter(|day| is_vacation(vacations, *day)).count()
}

/// Whether a learner who has these vacations can announce another one. No clock and no zone lets a vacation begin before
/// it is announced.
pub(crate) fn check(
    vacations: &[Vacation],
    wanted: &Vacation,
    now: DateTime<Utc>,
) -> Result<(), VacationRefusal> {
    let today = (now + FIRST_ZONE).date_naive();
    let furthest = today.checked_add_days(Days::new(MAX_AHEAD));
    if wanted.to < wanted.from {
        return Err(VacationRefusal::EndsBeforeItBegins);
    }
    if wanted.from <= today {
        return Err(VacationRefusal::Begun);
    }
    if furthest.is_none_or(|furthest| wanted.to > furthest) {
        return Err(VacationRefusal::TooFarAhead);
    }
    let mut all = vacations.to_vec();
    all.push(wanted.clone());
    let mut gained = 0;
    for year in wanted.from.year()..=wanted.to.year() {
        let (before, after) = (days_of_year(vacations, year), days_of_year(&all, year));
        if after > before && after > MAX_DAYS_OF_YEAR {
            return Err(VacationRefusal::TooManyDays { year });
        }
        gained += after - before;
    }
    match gained {
        0 => Err(VacationRefusal::NothingNew),
        _ => Ok(()),
    }
}
