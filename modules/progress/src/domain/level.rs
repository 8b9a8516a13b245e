//! Levels: steps on the way that points make.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[cfg(test)]
mod tests;

/// A level and the points to the next one: level n + 1 begins at 50 · n · (n + 1) points,
/// so at 100, 300, 600, 1000 and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = LearnerLevel)]
pub(crate) struct Level {
    #[schema(minimum = 1, maximum = 1000000, example = 2)]
    pub(crate) level: i64,
    /// The points at which this level begins.
    #[schema(minimum = 0, maximum = 1000000000000i64, example = 100)]
    pub(crate) from_points: i64,
    /// The points at which the next level begins.
    #[schema(minimum = 100, maximum = 1000000000000i64, example = 300)]
    pub(crate) next_at_points: i64,
}

impl Level {
    pub(crate) fn of(points: i64) -> Self {
        let threshold = |level: i64| 50 * level * (level - 1);
        let mut level = (1 + (1 + points.max(0) / 100 * 8).isqrt()) / 2;
        while threshold(level + 1) <= points {
            level += 1;
        }
        while level > 1 && threshold(level) > points {
            level -= 1;
        }
        Self {
            level,
            from_points: threshold(level),
            next_at_points: threshold(level + 1),
        }
    }
}
