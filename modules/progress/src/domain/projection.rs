//! The projections of the log, by name and version.

use strum::{EnumString, IntoStaticStr};

/// Something that is derived from the log and kept ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Projection {
    /// How far learners are in each lesson and exercise.
    LessonState,
    /// One row for each learner and course.
    CourseProgress,
    /// What a learner has done in all.
    LearnerTotals,
    /// Days in a row.
    Streak,
    /// On which day each fact fell.
    Calendar,
    /// Points by board and period, and how many learners have how many.
    Leaderboards,
    /// How often each lesson and exercise was begun, completed, and passed.
    Analytics,
    /// What has been earned: it is given to whoever has reached it, and nothing is taken away.
    Achievements,
}

impl Projection {
    /// All of them, those first that others are made of.
    pub const ALL: [Self; 8] = [
        Self::CourseProgress,
        Self::LessonState,
        Self::LearnerTotals,
        Self::Streak,
        Self::Calendar,
        Self::Leaderboards,
        Self::Analytics,
        Self::Achievements,
    ];

    /// Its name in the command line, in metrics, and in the database.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.into_str()
    }

    /// The version that this release keeps. Whoever changes what a projection holds raises it, so that a database whose
    /// projection is older is seen.
    pub(crate) const fn version(self) -> i32 {
        1
    }
}
