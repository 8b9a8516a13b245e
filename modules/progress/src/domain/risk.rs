//! Whether a learner may be about to give a course up.
//!
//! A learner's pace is the time that a lesson has taken them so far, at least 2 days and at most 7. Whoever stays away
//! for twice their pace is at low risk, and for four times their pace at high risk. Each exercise on which they are
//! stuck shortens both: one halves them, two leave a third, three or more a quarter.

#[cfg(test)]
mod tests;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::shape::Shape;
use super::state::State;

const DAY: i64 = 24 * 60 * 60;
const PACES: std::ops::RangeInclusive<i64> = 2 * DAY..=7 * DAY;
/// More exercises than these shorten nothing further.
const MOST_STUCK: i64 = 3;

/// How likely a learner is to give up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Risk {
    None,
    Low,
    High,
}

/// From when on a learner who does nothing is at risk. Moments rather than a risk are kept, because time passes without
/// anything being recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RiskDates {
    pub(crate) low_at: DateTime<Utc>,
    pub(crate) high_at: DateTime<Utc>,
}

impl RiskDates {
    /// Nothing for whoever has completed the course or left it.
    pub(crate) fn of(state: &State, shape: &Shape) -> Option<Self> {
        if !state.active || state.completed_at.is_some() {
            return None;
        }
        let (begun, last) = (state.enrolled_at?, state.last_activity_at?);
        // Whole seconds, which both databases keep as they are.
        let taken = (last - begun).num_seconds() / i64::from(state.count_done(shape).max(1));
        let pace = taken.clamp(*PACES.start(), *PACES.end());
        let stuck = i64::from(state.count_stuck(shape)).min(MOST_STUCK);
        let patience = 2 * pace / (1 + stuck);
        let after = |seconds| last.checked_add_signed(TimeDelta::seconds(seconds));
        Some(Self {
            low_at: after(patience)?,
            high_at: after(2 * patience)?,
        })
    }

    /// What is stored of them.
    pub(crate) fn known(
        low_at: Option<DateTime<Utc>>,
        high_at: Option<DateTime<Utc>>,
    ) -> Option<Self> {
        Some(Self {
            low_at: low_at?,
            high_at: high_at?,
        })
    }
}

impl Risk {
    pub(crate) fn at(dates: Option<RiskDates>, now: DateTime<Utc>) -> Self {
        match dates {
            Some(dates) if dates.high_at <= now => Self::High,
            Some(dates) if dates.low_at <= now => Self::Low,
            _ => Self::None,
        }
    }
}
