//! What an enrollment adds to the statistics of its course: counts by lesson and exercise of the version that the
//! learner is on. They follow from the state of the enrollment alone, so that they are right in whatever order facts
//! come, and a change of them is the difference of two states.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use uuid::Uuid;

use super::shape::Shape;
use super::state::State;

/// Levels of learners: tenths of the points that they got at the first try.
pub(crate) const LEVELS_OF_LEARNERS: i16 = 10;

/// What is counted. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Measure {
    /// Learners who have begun a lesson.
    Started = 1,
    /// Learners who have completed a lesson, by the time that it took them.
    Completed = 2,
    /// Learners who have passed an exercise at the first try, by their level.
    PassedFirst = 3,
    /// Learners who have not, by their level.
    FailedFirst = 4,
    /// The sum of what learners got at the first try, in thousandths of the points.
    FirstShares = 5,
    /// The sum of all tries.
    Tries = 6,
}

impl Measure {
    /// What a stored number means.
    pub(crate) fn of(number: i16) -> Option<Self> {
        let all = [
            Self::Started,
            Self::Completed,
            Self::PassedFirst,
            Self::FailedFirst,
            Self::FirstShares,
            Self::Tries,
        ];
        all.into_iter().find(|one| *one as i16 == number)
    }
}

/// One count of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cell {
    pub(crate) version: i64,
    /// The lesson or exercise.
    pub(crate) item: Uuid,
    pub(crate) measure: i16,
    pub(crate) bucket: i16,
}

/// An enrollment on a version of its course.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing<'a> {
    pub(crate) version: i64,
    pub(crate) state: &'a State,
    pub(crate) shape: &'a Shape,
}

/// Counts, or by how much they change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Statistics(BTreeMap<Cell, i64>);

impl Statistics {
    /// By how much an enrollment that goes from one standing to another changes the counts.
    pub(crate) fn between(before: Standing<'_>, after: Standing<'_>) -> Self {
        let mut changes = Self::default();
        let levels = [before, after].map(Standing::level);
        // What is unchanged on the same version counts as before, unless the level of the learner is another.
        let same_version = before.version == after.version;
        let same_level = same_version && levels[0] == levels[1];
        for (standing, other, level, by) in [
            (before, after, levels[0], -1),
            (after, before, levels[1], 1),
        ] {
            changes.add_lessons(standing, by, same_version.then_some(other.state));
            changes.add_exercises(standing, level, by, same_level.then_some(other.state));
        }
        changes.0.retain(|_, by| *by != 0);
        changes
    }

    /// Adds what an enrollment counts.
    pub(crate) fn add(&mut self, standing: Standing<'_>, by: i64) {
        self.add_lessons(standing, by, None);
        self.add_exercises(standing, standing.level(), by, None);
    }

    fn add_lessons(&mut self, standing: Standing<'_>, by: i64, unless_as_in: Option<&State>) {
        for id in standing.shape.lessons.keys() {
            let Some(lesson) = standing.state.lessons.get(id) else {
                continue;
            };
            if unless_as_in.is_some_and(|other| other.lessons.get(id) == Some(lesson)) {
                continue;
            }
            let mut count = |measure, bucket| {
                self.count((standing.version, id.uuid()), measure, bucket, by);
            };
            count(Measure::Started, 0);
            if lesson.completed_at.is_some() {
                count(Measure::Completed, time_bucket(lesson.seconds));
            }
        }
    }

    fn add_exercises(
        &mut self,
        standing: Standing<'_>,
        level: i16,
        by: i64,
        unless_as_in: Option<&State>,
    ) {
        for id in standing.shape.exercises.keys() {
            let graded = standing.state.exercises.get(id);
            let Some(exercise) = graded.filter(|exercise| exercise.first_attempt > 0) else {
                continue;
            };
            if unless_as_in.is_some_and(|other| other.exercises.get(id) == Some(exercise)) {
                continue;
            }
            let item = (standing.version, id.uuid());
            let outcome = match exercise.first_passed {
                true => Measure::PassedFirst,
                false => Measure::FailedFirst,
            };
            let most = i64::from(exercise.first_max).max(1);
            let share = i64::from(exercise.first_score) * 1000 / most;
            self.count(item, outcome, level, by);
            self.count(item, Measure::FirstShares, 0, by * share);
            self.count(item, Measure::Tries, 0, by * i64::from(exercise.attempts));
        }
    }

    fn count(&mut self, (version, item): (i64, Uuid), measure: Measure, bucket: i16, by: i64) {
        let cell = Cell {
            version,
            item,
            measure: measure as i16,
            bucket,
        };
        *self.0.entry(cell).or_insert(0) += by;
    }

    /// Adds other counts to these.
    pub(crate) fn merge(&mut self, other: Self) {
        for (cell, count) in other.0 {
            *self.0.entry(cell).or_insert(0) += count;
        }
    }

    /// The counts that are not 0.
    pub(crate) fn into_cells(self) -> impl Iterator<Item = (Cell, i64)> {
        self.0.into_iter().filter(|(_, count)| *count != 0)
    }
}

impl Standing<'_> {
    /// How good the learner is in this version so far; 0 as well before their first answer, which counts nowhere.
    fn level(self) -> i16 {
        let answered = self.shape.exercises.keys();
        let answered = answered.filter_map(|id| self.state.exercises.get(id));
        let (mut points, mut most) = (0_i64, 0_i64);
        for exercise in answered {
            points += i64::from(exercise.first_score);
            most += i64::from(exercise.first_max);
        }
        let level = (points * i64::from(LEVELS_OF_LEARNERS)).checked_div(most);
        let level = level.and_then(|level| i16::try_from(level).ok());
        level.unwrap_or(0).clamp(0, LEVELS_OF_LEARNERS - 1)
    }
}

/// The longest time that is told apart.
const LONGEST: i64 = 1 << 31;

/// Buckets of times: four for each doubling, so that the middle of one is not further from its times than an eighth.
pub(crate) fn time_bucket(seconds: i64) -> i16 {
    let seconds = seconds.clamp(0, LONGEST);
    if seconds < 4 {
        return i16::try_from(seconds).unwrap_or(0);
    }
    let doublings = seconds.ilog2() - 2;
    let quarter = (seconds >> doublings) - 4;
    let bucket = i64::from(doublings) * 4 + quarter + 4;
    i16::try_from(bucket).unwrap_or(i16::MAX)
}

/// The middle of a bucket of times, in seconds.
pub(crate) fn middle_of(bucket: i16) -> i64 {
    let bucket = i64::from(bucket);
    if bucket < 4 {
        return bucket;
    }
    let doublings = (bucket - 4) / 4;
    let width = 1 << doublings;
    (4 + (bucket - 4) % 4) * width + (width - 1) / 2
}

/// The value that half of all do not exceed; the values come in their order with how many have them.
pub(crate) fn median<V>(counts: impl Iterator<Item = (V, i64)> + Clone) -> Option<V> {
    let total: i64 = counts.clone().map(|(_, count)| count).sum();
    let mut before = 0;
    for (value, count) in counts {
        before += count;
        if count > 0 && 2 * before >= total {
            return Some(value);
        }
    }
    None
}

/// Some learners, and the sums of their levels and of the squares of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct LevelSums {
    pub(crate) learners: i64,
    pub(crate) levels: i64,
    pub(crate) squares: i64,
}

/// From how many learners on a discrimination is given: it says nothing of a few.
pub(crate) const FEWEST_FOR_DISCRIMINATION: i64 = 20;

/// How well an exercise tells good learners from others: the correlation of passing it at the first try with the level of
/// the learner (point-biserial), in hundredths. Nothing for few learners, and where all did alike.
pub(crate) fn discrimination(passed: LevelSums, failed: LevelSums) -> Option<i32> {
    let all = i128::from(passed.learners + failed.learners);
    if all < i128::from(FEWEST_FOR_DISCRIMINATION) {
        return None;
    }
    let ones = i128::from(passed.learners);
    let levels = i128::from(passed.levels + failed.levels);
    let squares = i128::from(passed.squares + failed.squares);
    let covariance = all * i128::from(passed.levels) - ones * levels;
    let variances = (all * ones - ones * ones) * (all * squares - levels * levels);
    let spread = variances.max(0).isqrt();
    let hundredths = (100 * covariance).checked_div(spread)?;
    i32::try_from(hundredths.clamp(-100, 100)).ok()
}
