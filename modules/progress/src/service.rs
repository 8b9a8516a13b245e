//! The rules of this module: each method is one use case, with its transaction in plain sight.

mod achievements;
mod courses;
pub(crate) mod draft;
mod enrollments;
pub(crate) mod fold;
mod leaderboards;
mod learners;
mod lessons;
mod personal;
mod record;
mod scores;
pub(crate) mod streak;
mod verify;

pub(crate) use enrollments::Enrolled;
pub(crate) use leaderboards::Scope;
pub use verify::Mismatch;

use std::sync::Arc;

use contracts::course::CourseApi;
use database::Database;
use kernel::Ambient;

/// The name under which this module tells its events.
pub(crate) const MODULE: &str = "progress";

/// The use cases of this module.
pub(crate) struct Service {
    database: Database,
    ambient: Ambient,
    courses: Arc<dyn CourseApi>,
}

impl Service {
    pub(crate) fn new(database: Database, ambient: Ambient, courses: Arc<dyn CourseApi>) -> Self {
        Self {
            database,
            ambient,
            courses,
        }
    }
}
