//! What callers see of this module.

mod achievement;
mod course;
mod enrollment;
mod leaderboard;
mod learner;

pub(crate) use achievement::{AchievementView, EarnedAchievement};
pub(crate) use course::{
    CourseExplanation, CourseProgress, ExerciseExplanation, LessonExplanation, LessonProgress,
    NextLesson, NextLessons,
};
pub(crate) use enrollment::{EnrollmentStatus, EnrollmentView, ProgressStatus};
pub(crate) use leaderboard::{LeaderboardEntry, LeaderboardPresence, Period};
pub(crate) use learner::{ActivityCalendar, ActivityDay, Level, Overview, Stats, StreakView};
