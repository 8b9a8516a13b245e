//! Achievements: rules over totals, each given once.

use contracts::progress::ProgressAchievementUnlocked;
use kernel::{CourseId, Page, Slice, UserId};

use super::fold::Tally;
use super::record::Recorder;
use super::{Service, scores};
use crate::error::Error;
use crate::store;
use crate::store::achievements::{Achievement, Unlocked};
use crate::store::learners::Learner;
use crate::view::{AchievementView, EarnedAchievement};

impl Service {
    /// What can be earned.
    pub(crate) async fn achievements(&self, slice: &Slice) -> Result<Page<AchievementView>, Error> {
        let db = self.database.read();
        let page = store::achievements::list(db, self.database.backend(), slice).await?;
        Ok(page.map(AchievementView::from))
    }

    /// What a learner has earned.
    pub(crate) async fn earned(
        &self,
        learner: UserId,
        slice: &Slice,
    ) -> Result<Page<EarnedAchievement>, Error> {
        let db = self.database.read();
        let backend = self.database.backend();
        let page = store::achievements::list_unlocked(db, backend, learner, slice).await?;
        let ids: Vec<_> = page.items.iter().map(|row| row.achievement).collect();
        let known = store::achievements::list_by_id(db, &ids).await?;
        let earned = |row: &Unlocked| {
            let found = known.iter().find(|known| known.id == row.achievement)?;
            Some(EarnedAchievement {
                achievement: found.clone().into(),
                unlocked_at: row.at,
            })
        };
        Ok(Page {
            items: page.items.iter().filter_map(earned).collect(),
            next: page.next,
            prev: page.prev,
            total: page.total,
        })
    }
}

/// Gives the learner what their totals, or those of the course at hand, have reached. The points of
/// one achievement may earn another, so it goes on until nothing is new.
pub(crate) async fn unlock(
    recorder: &Recorder<'_>,
    learner: &mut Learner,
    course: CourseId,
    in_course: Tally,
) -> Result<(), Error> {
    let mut locked = store::achievements::list_locked(recorder.txn, learner.id).await?;
    loop {
        let next = locked
            .iter()
            .position(|one| is_reached(one, learner, course, in_course));
        let Some(index) = next else {
            return Ok(());
        };
        let achievement = locked.remove(index);
        give(recorder, learner, &achievement).await?;
    }
}

async fn give(
    recorder: &Recorder<'_>,
    learner: &mut Learner,
    achievement: &Achievement,
) -> Result<(), Error> {
    let unlocked = Unlocked {
        achievement: achievement.id,
        points: achievement.points,
        at: recorder.ambient.now(),
    };
    store::achievements::unlock(recorder.txn, learner.id, &unlocked).await?;
    let points = i64::from(achievement.points);
    learner.tally.points += points;
    scores::add(recorder, learner, None, points).await?;
    let event = ProgressAchievementUnlocked {
        learner_id: learner.id,
        achievement_id: achievement.id,
        name: achievement.name.clone(),
        description: achievement.description.clone(),
        points: achievement.points,
        unlocked_at: unlocked.at,
    };
    recorder.tell(&event).await
}

fn is_reached(
    achievement: &Achievement,
    learner: &Learner,
    course: CourseId,
    in_course: Tally,
) -> bool {
    let tally = match achievement.course {
        None => learner.tally,
        Some(wanted) if wanted == course => in_course,
        Some(_) => return false,
    };
    let reached = match achievement.metric.as_str() {
        "lessons" => i64::from(tally.lessons),
        "courses" => i64::from(tally.courses),
        "exercises" => i64::from(tally.exercises),
        "perfect_scores" => i64::from(tally.perfects),
        "streak_days" => i64::from(learner.streak.longest),
        "points" => tally.points,
        _ => return false,
    };
    reached >= achievement.threshold
}
