//! Streaks, points, and what is earned by them.

mod reward;
mod vacations;

use database::Database;
use kernel::{Env, UserId};

use super::view::StreakView;
use crate::error::Error;
use crate::learners;

pub(crate) use reward::scopes_of;

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

    /// The learner's days in a row.
    pub(crate) async fn streak(&self, learner: UserId) -> Result<StreakView, Error> {
        let learner = learners::find_or_new(self.database.read(), learner).await?;
        Ok(StreakView::of(&learner, self.env.now()))
    }
}
