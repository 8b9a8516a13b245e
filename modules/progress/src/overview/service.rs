//! Putting a learner's overview together from what the other rooms keep.

use chrono::NaiveDate;
use database::Database;
use kernel::{Env, UserId};

use super::request::Days;
use super::view::{ActivityCalendar, ActivityDay, Overview, Stats};
use crate::domain::Level;
use crate::error::Error;
use crate::learners;
use crate::recording::activity::{self, DayCount};
use crate::recording::enrollments;
use crate::rewards::{self, StreakView};

/// The longest calendar that is given at once, and the usual one.
const LONGEST_CALENDAR: i64 = 366;
const USUAL_CALENDAR: chrono::Days = chrono::Days::new(29);

/// What learners see of themselves.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    env: Env,
}

impl Service {
    pub(crate) fn new(database: Database, env: Env) -> Self {
        Self { database, env }
    }

    pub(crate) async fn overview(&self, learner: UserId) -> Result<Overview, Error> {
        let db = self.database.read();
        let learner = learners::find_or_new(db, learner).await?;
        let active = enrollments::list_active(db, learner.id).await?;
        Ok(Overview {
            totals: learner.totals.into(),
            level: Level::of(learner.totals.points),
            streak: StreakView::of(&learner, self.env.now()),
            enrollments: active.into_iter().map(Into::into).collect(),
        })
    }

    pub(crate) async fn stats(&self, learner: UserId) -> Result<Stats, Error> {
        let db = self.database.read();
        let learner = learners::find_or_new(db, learner).await?;
        let earned = rewards::earned_of(db, learner.id).await?;
        let streak = StreakView::of(&learner, self.env.now());
        Ok(Stats {
            totals: learner.totals.into(),
            level: Level::of(learner.totals.points),
            perfect_scores: learner.totals.perfects,
            seconds: learner.totals.seconds,
            achievements: i32::try_from(earned.len()).unwrap_or(i32::MAX),
            streak_days: streak.days,
            longest_streak: streak.longest,
        })
    }

    /// The active days between two days, both included; without them, the last thirty.
    pub(crate) async fn calendar(
        &self,
        learner: UserId,
        days: &Days,
    ) -> Result<ActivityCalendar, Error> {
        let db = self.database.read();
        let learner = learners::find_or_new(db, learner).await?;
        let to = days.to.unwrap_or_else(|| learner.day(self.env.now()));
        let usual = || to.checked_sub_days(USUAL_CALENDAR).unwrap_or(to);
        let from: NaiveDate = days.from.unwrap_or_else(usual);
        if !(0..LONGEST_CALENDAR).contains(&(to - from).num_days()) {
            return Err(Error::DayRangeInvalid {
                most: LONGEST_CALENDAR,
            });
        }
        let counts = activity::count_days(db, learner.id, from, to).await?;
        let days = days_of(&counts);
        Ok(ActivityCalendar { from, to, days })
    }
}

fn days_of(counts: &[DayCount]) -> Vec<ActivityDay> {
    let mut days: Vec<ActivityDay> = Vec::new();
    for count in counts {
        let (completed, graded) = match count.kind.as_str() {
            "lesson_completed" => (count.count, 0),
            "exercise_graded" => (0, count.count),
            "lesson_started" | "lesson_progressed" | "exercise_submitted" => (0, 0),
            _ => continue,
        };
        if days.last().is_none_or(|last| last.day != count.day) {
            days.push(ActivityDay {
                day: count.day,
                count: 0,
                lessons_completed: 0,
                exercises_graded: 0,
            });
        }
        if let Some(day) = days.last_mut() {
            day.count += count.count;
            day.lessons_completed += completed;
            day.exercises_graded += graded;
        }
    }
    days
}
