//! Reading streaks and achievements.

mod reward;

use database::Database;
use kernel::{Env, Page, PageRequest, UserId};

use super::store;
use super::store::EarnedRecord;
use super::view::{AchievementView, EarnedAchievement, StreakView};
use crate::error::Error;
use crate::learners;

/// What learners are rewarded with.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    env: Env,
}

impl Service {
    pub(crate) fn new(database: Database, env: Env) -> Self {
        Self { database, env }
    }

    /// What can be earned.
    pub(crate) async fn list(
        &self,
        page_request: &PageRequest,
    ) -> Result<Page<AchievementView>, Error> {
        let page = store::list(self.database.read(), page_request).await?;
        Ok(page.map(AchievementView::from))
    }

    /// What a learner has earned.
    pub(crate) async fn list_earned(
        &self,
        learner: UserId,
        page_request: &PageRequest,
    ) -> Result<Page<EarnedAchievement>, Error> {
        let db = self.database.read();
        let page = store::list_earned(db, learner, page_request).await?;
        let ids: Vec<_> = page.items.iter().map(|row| row.achievement).collect();
        let known = store::list_by_id(db, &ids).await?;
        let earned = |row: &EarnedRecord| {
            let found = known.iter().find(|known| known.id == row.achievement)?;
            Some(EarnedAchievement {
                achievement: found.clone().into(),
                earned_at: row.at,
            })
        };
        Ok(Page {
            items: page.items.iter().filter_map(earned).collect(),
            next: page.next,
            prev: page.prev,
            total: page.total,
        })
    }

    /// The learner's days in a row.
    pub(crate) async fn streak(&self, learner: UserId) -> Result<StreakView, Error> {
        let learner = learners::find_or_new(self.database.read(), learner).await?;
        Ok(StreakView::of(&learner, self.env.now()))
    }
}
