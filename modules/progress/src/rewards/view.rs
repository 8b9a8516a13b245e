//! Streaks as they are answered.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{Learner, MAX_DAYS_OF_YEAR, Vacation, days_of_year};

/// The streak of a learner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct StreakView {
    /// The current streak in days.
    #[schema(minimum = 0, maximum = 100000, example = 4)]
    pub(crate) days: i32,
    #[schema(minimum = 0, maximum = 100000, example = 12)]
    pub(crate) longest: i32,
    /// Today, in the learner's own time zone.
    pub(crate) today: NaiveDate,
    /// The IANA time zone that days are counted in.
    #[schema(max_length = 64, example = "Europe/Rome")]
    pub(crate) time_zone: String,
    pub(crate) active_today: bool,
    /// Whether one missed day would be forgiven: once in seven days it is.
    pub(crate) grace_available: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) last_active_day: Option<NaiveDate>,
}

impl StreakView {
    pub(crate) fn of(learner: &Learner, now: DateTime<Utc>) -> Self {
        let today = learner.day(now);
        let streak = &learner.streak;
        Self {
            days: streak.current(now),
            longest: streak.longest,
            today,
            time_zone: learner.time_zone.clone(),
            active_today: streak.is_active(now, &learner.time_zone),
            grace_available: streak.grace_free(now),
            last_active_day: streak.last_day,
        }
    }
}

/// The vacations of a learner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct VacationList {
    /// In the order in which they were announced.
    #[schema(max_items = 100000)]
    pub(crate) items: Vec<VacationView>,
    /// How many days of this calendar year can still become vacations.
    #[schema(minimum = 0, maximum = 30, example = 16)]
    pub(crate) days_left: usize,
}

/// A vacation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct VacationView {
    /// Its first day.
    pub(crate) from: NaiveDate,
    /// Its last day.
    pub(crate) to: NaiveDate,
}

impl VacationList {
    pub(crate) fn of(learner: &Learner, now: DateTime<Utc>) -> Self {
        let year = learner.day(now).year();
        let taken = days_of_year(&learner.vacations, year);
        let items = learner.vacations.iter().map(|one: &Vacation| VacationView {
            from: one.from,
            to: one.to,
        });
        Self {
            items: items.collect(),
            days_left: MAX_DAYS_OF_YEAR.saturating_sub(taken),
        }
    }
}
