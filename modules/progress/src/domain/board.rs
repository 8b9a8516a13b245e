//! Leaderboards and their periods: what they are called, and on which of them points count.

use std::fmt;

use chrono::{DateTime, Datelike, Utc};
use kernel::{CohortId, CourseId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The time that a leaderboard is about: the ISO week or the month in UTC, or all time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Period {
    Week,
    Month,
    #[default]
    All,
}

impl Period {
    /// The name of the period in which `moment` lies.
    fn name_at(self, moment: DateTime<Utc>) -> String {
        match self {
            Self::Week => {
                let week = moment.iso_week();
                format!("{}-W{:02}", week.year(), week.week())
            }
            Self::Month => format!("{}-{:02}", moment.year(), moment.month()),
            Self::All => "all".to_owned(),
        }
    }
}

const GLOBAL: &str = "global";
const UNKNOWN_SCOPE: &str = "must be global, course:<id of a course>, or cohort:<id of a cohort>";

/// Whose points are compared: those of all courses together, those of one, or those of the members of a cohort in
/// their course.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Scope {
    Global,
    Course(CourseId),
    Cohort(CohortId),
}

impl TryFrom<String> for Scope {
    type Error = &'static str;

    fn try_from(word: String) -> Result<Self, Self::Error> {
        let scope = match word.split_once(':') {
            None if word == GLOBAL => Some(Self::Global),
            Some(("course", id)) if id.len() == 36 => id.parse().ok().map(Self::Course),
            Some(("cohort", id)) if id.len() == 36 => id.parse().ok().map(Self::Cohort),
            _ => None,
        };
        scope.ok_or(UNKNOWN_SCOPE)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Global => to.write_str(GLOBAL),
            Self::Course(course) => write!(to, "course:{course}"),
            Self::Cohort(cohort) => write!(to, "cohort:{cohort}"),
        }
    }
}

/// One leaderboard in one period.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Board {
    pub(crate) scope: String,
    pub(crate) period: String,
}

impl Board {
    /// The board of the period in which `moment` lies.
    pub(crate) fn at(scope: Scope, period: Period, moment: DateTime<Utc>) -> Self {
        Self {
            scope: scope.to_string(),
            period: period.name_at(moment),
        }
    }

    /// The boards of a scope on which points that are gained at `moment` count.
    pub(crate) fn all_at(scope: Scope, moment: DateTime<Utc>) -> [Self; 3] {
        [Period::Week, Period::Month, Period::All].map(|period| Self::at(scope, period, moment))
    }

    /// The boards on which points that are gained at `moment`, in a course or beside all, count.
    pub(crate) fn counting(course: Option<CourseId>, moment: DateTime<Utc>) -> Vec<Self> {
        let scopes = [Some(Scope::Global), course.map(Scope::Course)];
        let scopes = scopes.into_iter().flatten();
        scopes
            .flat_map(|scope| Self::all_at(scope, moment))
            .collect()
    }
}
