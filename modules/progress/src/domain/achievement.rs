//! Achievements: rules over totals.

use kernel::{AchievementId, CourseId};

use super::learner::Learner;
use super::totals::Totals;

/// An achievement and its rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Achievement {
    pub(crate) id: AchievementId,
    pub(crate) position: i64,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) tier: String,
    pub(crate) points: i32,
    pub(crate) metric: String,
    pub(crate) threshold: i64,
    pub(crate) course: Option<CourseId>,
}

impl Achievement {
    /// Whether the learner's totals have reached it, or those in the course at hand if it is about
    /// that one alone.
    pub(crate) fn is_reached(
        &self,
        learner: &Learner,
        course: CourseId,
        in_course: Totals,
    ) -> bool {
        let totals = match self.course {
            None => learner.totals,
            Some(wanted) if wanted == course => in_course,
            Some(_) => return false,
        };
        let reached = match self.metric.as_str() {
            "lessons" => i64::from(totals.lessons),
            "courses" => i64::from(totals.courses),
            "exercises" => i64::from(totals.exercises),
            "perfect_scores" => i64::from(totals.perfects),
            "streak_days" => i64::from(learner.streak.longest),
            "points" => totals.points,
            _ => return false,
        };
        reached >= self.threshold
    }
}
