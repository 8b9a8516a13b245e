//! The streaks, points and achievements that follow from facts, as these are recorded.

use bus::Events;
use chrono::{DateTime, Utc};
use contracts::progress::{
    ProgressAchievementUnlocked, ProgressStreakBroken, ProgressStreakExtended,
};
use database::Transaction;
use kernel::{CourseId, Operation, UserId};
use sea_orm::{ConnectionTrait, DbErr};

use super::super::store;
use super::Service;
use crate::domain::{
    Achievement, Learner, MODULE, PendingFacts, RuleScope, ScopeTotals, Step, Totals,
};
use crate::error::Error;
use crate::leaderboards::{self, Gain};
use crate::{learners, outlines};

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
        let (longest, totals) = (learner.streak.longest, learner.totals);
        keep_streak(events, learner, facts)?;
        let (before, after) = (facts.before.totals(), facts.state.totals());
        learner.totals = totals.moved(before, after);
        let moment = operation.moment(self.env.now());
        // Achievements depend only on the streak and the totals.
        let beside = match (learner.streak.longest, learner.totals) == (longest, totals) {
            true => 0,
            false => {
                let locked = store::list_not_earned(txn, learner.id, Some(course)).await?;
                let scopes = at_hand(txn, learner, course, after, &locked).await?;
                unlock(txn, events, moment, learner, locked, &scopes)
                    .await?
                    .0
            }
        };
        let gain = Gain {
            course: Some(course),
            in_course: after.points - before.points,
            beside,
        };
        leaderboards::add_points(txn, learner, gain, moment).await
    }

    /// Gives a learner all that what they have done so far has reached; says how many achievements were new. It has its
    /// own transaction, and whoever has everything already is given nothing.
    pub(crate) async fn catch_up(
        &self,
        learner: UserId,
        operation: &Operation,
    ) -> Result<u64, Error> {
        database::retry_transaction(move || async move {
            let txn = self.database.begin().await?;
            let Some(mut learner) = learners::lock(&txn, learner).await? else {
                return Ok(0);
            };
            let moment = operation.moment(self.env.now());
            let locked = store::list_not_earned(&txn, learner.id, None).await?;
            let scopes = scopes_of(&txn, learner.id, &locked).await?;
            let mut events = Events::new(&self.env, operation, MODULE);
            let unlocked = unlock(&txn, &mut events, moment, &mut learner, locked, &scopes);
            let (points, earned) = unlocked.await?;
            if earned == 0 {
                return Ok(0);
            }
            let gain = Gain {
                course: None,
                in_course: 0,
                beside: points,
            };
            leaderboards::add_points(&txn, &learner, gain, moment).await?;
            learners::update(&txn, &learner).await?;
            events.append(&txn).await?;
            txn.commit().await?;
            Ok(earned)
        })
        .await
    }
}

/// What the rules that a change in a course concerns look at.
async fn at_hand(
    txn: &Transaction,
    learner: &Learner,
    course: CourseId,
    in_course: Totals,
    locked: &[Achievement],
) -> Result<ScopeTotals, Error> {
    let mut scopes = ScopeTotals::of_course(course, in_course);
    let named = tags_in(locked);
    let here = outlines::tags_of(txn, &[course], &named).await?;
    if !here.is_empty() {
        scopes.extend(scopes_of(txn, learner.id, locked).await?);
    }
    Ok(scopes)
}

/// What a learner has in the courses and under the tags that these achievements are about.
pub(crate) async fn scopes_of(
    db: &impl ConnectionTrait,
    learner: UserId,
    achievements: &[Achievement],
) -> Result<ScopeTotals, Error> {
    let mut scopes = ScopeTotals::default();
    let everywhere = |one: &Achievement| one.rule.scope == RuleScope::Everything;
    if achievements.iter().all(everywhere) {
        return Ok(scopes);
    }
    let courses = store::list_course_totals(db, learner).await?;
    let ids: Vec<CourseId> = courses.iter().map(|(course, _)| *course).collect();
    let tagged = outlines::tags_of(db, &ids, &tags_in(achievements)).await?;
    for (course, totals) in courses {
        let own = tagged.iter().filter(|(of, _)| *of == course);
        let own: Vec<String> = own.map(|(_, tag)| tag.clone()).collect();
        scopes.add(course, totals, &own);
    }
    Ok(scopes)
}

fn tags_in(achievements: &[Achievement]) -> Vec<String> {
    let mut named: Vec<String> = achievements
        .iter()
        .filter_map(|one| match &one.rule.scope {
            RuleScope::Tag(tag) => Some(tag.clone()),
            _ => None,
        })
        .collect();
    named.sort_unstable();
    named.dedup();
    named
}

/// Gives the learner which of these they have reached. The points of one achievement may earn another, so it goes on
/// until nothing is new. Returns the points of all that is new, and how many these are.
async fn unlock(
    txn: &Transaction,
    events: &mut Events<'_>,
    at: DateTime<Utc>,
    learner: &mut Learner,
    mut locked: Vec<Achievement>,
    scopes: &ScopeTotals,
) -> Result<(i64, u64), Error> {
    let before = learner.totals.points;
    let mut earned = 0;
    while let Some(index) = locked
        .iter()
        .position(|one| one.rule.is_reached(learner, scopes))
    {
        let achievement = locked.remove(index);
        if !store::hold(txn, achievement.id).await? {
            continue;
        }
        store::insert_earned(txn, learner.id, &achievement, at).await?;
        earned += 1;
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
    Ok((learner.totals.points - before, earned))
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
        let (streak, step) = learner.streak.learn(occurrence.at, &learner.time_zone);
        learner.streak = streak.spare(&learner.time_zone, &learner.vacations);
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
