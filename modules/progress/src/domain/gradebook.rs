//! The grades of a learner in a course: best scores by category, weighed into one total.
//!
//! All shares are whole hundredths of a percent, rounded half up: of an exercise its points as a share of the possible
//! ones, of a category the mean of its exercises that count, and of the whole the mean of the categories that have a
//! share, by their weights. Were exercises weighed by their points, a better answer to one that was dropped could lower
//! a grade.

#[cfg(test)]
mod tests;

use kernel::ExerciseId;
use serde::{Deserialize, Serialize};

/// The whole, in hundredths of a percent.
pub(crate) const WHOLE: i64 = 10_000;
/// What the weights of a gradebook add up to.
pub(crate) const ALL_WEIGHTS: i32 = 100;

/// How a course is graded, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Grading {
    pub(crate) categories: Vec<Category>,
    /// Whether an exercise without an answer counts with no points rather than not at all.
    pub(crate) missing_as_zero: bool,
}

/// Exercises that are graded together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Category {
    pub(crate) name: String,
    pub(crate) weight: i32,
    /// How many of the worst exercises do not count, as long as one does.
    pub(crate) drop_lowest: i32,
    pub(crate) exercises: Vec<ExerciseId>,
}

/// Points of an exercise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Points {
    pub(crate) score: i32,
    pub(crate) most: i32,
}

impl Points {
    /// Nothing where there is nothing to be got.
    pub(crate) fn share(self) -> Option<i64> {
        let score = i64::from(self.score.clamp(0, self.most.max(0)));
        (self.most > 0).then(|| divide(score * WHOLE, self.most.into()))
    }
}

/// What a category comes to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct CategoryGrade {
    /// Nothing while no exercise counts.
    pub(crate) share: Option<i64>,
    /// Which of the exercises, by their places, do not count because they are the worst.
    pub(crate) dropped: Vec<usize>,
}

/// The grade of a category of exercises, of which those without points do not count.
pub(crate) fn grade_category(drop_lowest: i32, exercises: &[Option<Points>]) -> CategoryGrade {
    let counting = exercises.iter().enumerate();
    let mut counting: Vec<(i64, usize)> = counting
        .filter_map(|(place, points)| Some(((*points)?.share()?, place)))
        .collect();
    // The worst come first; of the same, those that stand first in the category.
    counting.sort_unstable();
    let droppable = counting.len().saturating_sub(1);
    let drop = usize::try_from(drop_lowest).unwrap_or(0).min(droppable);
    let mut dropped: Vec<usize> = counting.drain(..drop).map(|(_, place)| place).collect();
    dropped.sort_unstable();
    let sum: i64 = counting.iter().map(|(share, _)| share).sum();
    let count = i64::try_from(counting.len()).unwrap_or(i64::MAX);
    let share = (count > 0).then(|| divide(sum, count));
    CategoryGrade { share, dropped }
}

/// The total of the categories that have a share, by their weights; nothing while none has.
pub(crate) fn total(categories: impl Iterator<Item = (i32, Option<i64>)>) -> Option<i64> {
    let (mut sum, mut weights) = (0_i64, 0_i64);
    for (weight, share) in categories {
        if let Some(share) = share {
            sum += i64::from(weight) * share;
            weights += i64::from(weight);
        }
    }
    (weights > 0).then(|| divide(sum, weights))
}

/// Divides what is not negative, and rounds half up.
fn divide(value: i64, by: i64) -> i64 {
    (2 * value + by) / (2 * by)
}
