//! The streaks, points and achievements that follow from facts, as these are recorded.

use bus::Events;
use chrono::{DateTime, Utc};
use contracts::progress::{
    ProgressAchievementUnlocked, ProgressStreakBroken, ProgressStreakExtended,
};
use database::Transaction;
use kernel::{CourseId, Operation};
use sea_orm::DbErr;

use super::super::store;
use super::Service;
use crate::domain::{Learner, PendingFacts, Step, Totals};
use crate::error::Error;
use crate::leaderboards::{self, Gain};

impl Service {
    /// Gives the learner what facts about one of their courses bring. The caller saves the learner.
    pub(crate) async fn reward(
        &self,
        txn: &Transaction,
        events: &mut Events<'_>,
        operation: &Operation,
        learner: &mut Learner,
        course: CourseId,
        facts: &PendingFacts,
    ) -> Result<(), Error> {
        let (streak, totals) = (learner.streak, learner.totals);
        keep_streak(events, learner, facts)?;
        let (before, after) = (facts.before.totals(), facts.state.totals());
        learner.totals = totals.moved(before, after);
        let moment = operation.moment(self.env.now());
        // Achievements depend only on the streak and the totals.
        let beside = match (learner.streak, learner.totals) == (streak, totals) {
            true => 0,
            false => {
                self.unlock(txn, events, moment, learner, course, after)
                    .await?
            }
        };
        let gain = Gain {
            course,
            in_course: after.points - before.points,
            beside,
        };
        leaderboards::add_points(txn, learner, gain, moment).await
    }

    /// Gives the learner what their totals, or those of the course at hand, have reached. The points
    /// of one achievement may earn another, so it goes on until nothing is new. Returns the points of
    /// all that is new.
    async fn unlock(
        &self,
        txn: &Transaction,
        events: &mut Events<'_>,
        at: DateTime<Utc>,
        learner: &mut Learner,
        course: CourseId,
        in_course: Totals,
    ) -> Result<i64, Error> {
        let before = learner.totals.points;
        let mut locked = store::list_not_earned(txn, learner.id).await?;
        while let Some(index) = locked
            .iter()
            .position(|one| one.is_reached(learner, course, in_course))
        {
            let achievement = locked.remove(index);
            store::insert_earned(txn, learner.id, &achievement, at).await?;
            learner.totals.points += i64::from(achievement.points);
            events.push(&ProgressAchievementUnlocked {
                learner_id: learner.id,
                achievement_id: achievement.id,
                name: achievement.name,
                description: achievement.description,
                points: achievement.points,
                unlocked_at: at,
            })?;
        }
        Ok(learner.totals.points - before)
    }
}

fn keep_streak(
    events: &mut Events<'_>,
    learner: &mut Learner,
    facts: &PendingFacts,
) -> Result<(), DbErr> {
    let learner_id = learner.id;
    let active = facts.occurrences.iter();
    for occurrence in active.filter(|one| one.fact.keeps_streak()) {
        let day = learner.day(occurrence.at);
        let (streak, step) = learner.streak.touch(day);
        learner.streak = streak;
        if let Step::Broken(days) = step {
            events.push(&ProgressStreakBroken { learner_id, days })?;
        }
        if step != Step::Same {
            let days = streak.days;
            events.push(&ProgressStreakExtended {
                learner_id,
                days,
                day,
            })?;
        }
    }
    Ok(())
}
