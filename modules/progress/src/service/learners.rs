//! A learner as a whole: overview, streak, numbers, calendar; and what is heard of people.

use chrono::{Days, NaiveDate};
use database::Transaction;
use kernel::UserId;
use sea_orm::ConnectionTrait;

use super::Service;
use super::courses::COURSES_AT_ONCE;
use crate::error::Error;
use crate::store;
use crate::store::activity::DayCount;
use crate::store::learners::Learner;
use crate::view::{ActivityCalendar, ActivityDay, Level, Overview, Stats, StreakView};

/// The longest calendar that is given at once, and the usual one.
const LONGEST_CALENDAR: i64 = 366;
const USUAL_CALENDAR: Days = Days::new(29);

impl Service {
    pub(crate) async fn overview(&self, learner: UserId) -> Result<Overview, Error> {
        let db = self.database.read();
        let learner = known(db, learner).await?;
        let active = store::enrollments::list_active(db, learner.id, COURSES_AT_ONCE).await?;
        Ok(Overview {
            totals: learner.tally.into(),
            level: Level::of(learner.tally.points),
            streak: self.streak_of(&learner),
            enrollments: active.into_iter().map(Into::into).collect(),
        })
    }

    pub(crate) async fn streak(&self, learner: UserId) -> Result<StreakView, Error> {
        let learner = known(self.database.read(), learner).await?;
        Ok(self.streak_of(&learner))
    }

    pub(crate) async fn stats(&self, learner: UserId) -> Result<Stats, Error> {
        let db = self.database.read();
        let learner = known(db, learner).await?;
        let unlocked = store::achievements::unlocked_of(db, learner.id).await?;
        let streak = self.streak_of(&learner);
        Ok(Stats {
            totals: learner.tally.into(),
            level: Level::of(learner.tally.points),
            perfect_scores: learner.tally.perfects,
            seconds: learner.tally.seconds,
            achievements: i32::try_from(unlocked.len()).unwrap_or(i32::MAX),
            streak_days: streak.days,
            longest_streak: streak.longest,
        })
    }

    /// The active days between two days, both included; without them, the last thirty.
    pub(crate) async fn calendar(
        &self,
        learner: UserId,
        from: Option<NaiveDate>,
        to: Option<NaiveDate>,
    ) -> Result<ActivityCalendar, Error> {
        let db = self.database.read();
        let learner = known(db, learner).await?;
        let to = to.unwrap_or_else(|| learner.day(self.ambient.now()));
        let usual = || to.checked_sub_days(USUAL_CALENDAR).unwrap_or(to);
        let from = from.unwrap_or_else(usual);
        if !(0..LONGEST_CALENDAR).contains(&(to - from).num_days()) {
            return Err(Error::DayRange);
        }
        let counts = store::activity::count_days(db, learner.id, from, to).await?;
        let days = days_of(&counts);
        Ok(ActivityCalendar { from, to, days })
    }

    fn streak_of(&self, learner: &Learner) -> StreakView {
        let today = learner.day(self.ambient.now());
        let streak = &learner.streak;
        StreakView {
            days: streak.current(today),
            longest: streak.longest,
            today,
            time_zone: learner.time_zone.clone(),
            active_today: streak.last_day == Some(today),
            grace_available: streak.grace_free(today),
            last_active_day: streak.last_day,
        }
    }

    /// Takes over a person's name and zone from their `sequence`th event, unless a newer one was
    /// heard or they are gone; days that are recorded stay where they are.
    pub(crate) async fn know(
        &self,
        txn: &Transaction,
        person: UserId,
        display_name: String,
        time_zone: String,
        sequence: i64,
    ) -> Result<(), Error> {
        let mut learner = match store::learners::lock(&**txn, person).await {
            Err(Error::Forgotten) => return Ok(()),
            locked => locked?,
        };
        if sequence < learner.heard {
            return Ok(());
        }
        learner.heard = sequence;
        learner.display_name = Some(display_name);
        let valid = time_zone.parse::<chrono_tz::Tz>().is_ok();
        learner.time_zone = if valid { time_zone } else { "UTC".to_owned() };
        store::learners::update(&**txn, &learner).await
    }
}

async fn known(db: &impl ConnectionTrait, id: UserId) -> Result<Learner, Error> {
    let found = store::learners::find(db, id).await?;
    Ok(found.unwrap_or_else(|| Learner::new(id)))
}

fn days_of(counts: &[DayCount]) -> Vec<ActivityDay> {
    let mut days: Vec<ActivityDay> = Vec::new();
    for count in counts {
        let (completed, graded) = match count.kind.as_str() {
            "lesson_completed" => (count.count, 0),
            "exercise_graded" => (0, count.count),
            "lesson_started" | "lesson_progressed" => (0, 0),
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
