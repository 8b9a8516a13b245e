//! Buckets of points. How many learners have points in each bucket is kept, so that a rank is the
//! sum of few counts, however many learners there are.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::board::Board;

#[cfg(test)]
mod tests;

/// Each level has buckets that are 64 times as wide as those of the level below; at level 0 a
/// bucket is one number of points.
///
/// With five levels a rank is the sum of at most 63 buckets a level as long as nobody has more than
/// 2^30 points. Beyond that it stays right, and the top level has a bucket more for each 2^24.
pub(crate) const LEVELS: i16 = 5;
const BITS: i16 = 6;
const LAST_INSIDE: i64 = (1 << BITS) - 1;

/// The bucket of a level in which `points` lie.
fn bucket(points: i64, level: i16) -> i64 {
    points >> bits(level)
}

/// How many bits of points a bucket of a level leaves out.
pub(crate) fn bits(level: i16) -> i16 {
    BITS * level
}

/// The buckets that together hold all who have `points` or more, by level: within each, up to the
/// end of the bucket that the level above leaves out.
pub(crate) fn at_least(points: i64) -> impl Iterator<Item = (i16, RangeInclusive<i64>)> {
    (0..LEVELS).map(move |level| {
        let first = match level {
            0 => points,
            _ => bucket(points, level) + 1,
        };
        let last = match level + 1 {
            LEVELS => i64::MAX,
            above => (bucket(points, above) << BITS) | LAST_INSIDE,
        };
        (level, first..=last)
    })
}

/// A bucket of a leaderboard.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Bucket {
    pub(crate) board: Board,
    pub(crate) level: i16,
    pub(crate) number: i64,
}

/// By how much the counts of buckets change.
#[derive(Debug, Default)]
pub(crate) struct CountChanges(BTreeMap<Bucket, i64>);

impl CountChanges {
    /// Moves one learner from the points that they had on a board to those that they have; none is
    /// not to be on it.
    pub(crate) fn shift(&mut self, board: &Board, from: Option<i64>, to: Option<i64>) {
        for level in 0..LEVELS {
            let [from, to] = [from, to].map(|points| points.map(|points| bucket(points, level)));
            // Then the buckets of all higher levels are the same too.
            if from == to {
                break;
            }
            for (number, by) in [(from, -1), (to, 1)] {
                if let Some(number) = number {
                    let bucket = Bucket {
                        board: board.clone(),
                        level,
                        number,
                    };
                    *self.0.entry(bucket).or_insert(0) += by;
                }
            }
        }
    }

    /// The buckets whose counts change.
    pub(crate) fn into_changed(self) -> impl Iterator<Item = (Bucket, i64)> {
        self.0.into_iter().filter(|(_, by)| *by != 0)
    }
}
