//! Achievements: what is counted, over which courses, and up to where.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kernel::{AchievementId, CourseId};
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};
use utoipa::ToSchema;

use super::learner::Learner;
use super::totals::Totals;

/// How hard an achievement is to earn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[derive(EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
#[schema(as = AchievementTier)]
pub(crate) enum Tier {
    Bronze,
    Silver,
    Gold,
    Platinum,
}

/// What an achievement counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[derive(EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
#[schema(as = AchievementMetric)]
pub(crate) enum Metric {
    /// Completed lessons.
    Lessons,
    /// Completed courses.
    Courses,
    /// Passed exercises.
    Exercises,
    /// Exercises with the full score.
    PerfectScores,
    /// The longest streak.
    StreakDays,
    Points,
}

/// Over which courses it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RuleScope {
    Everything,
    Course(CourseId),
    Tag(String),
}

/// When an achievement is earned: when what is counted reaches the threshold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) metric: Metric,
    pub(crate) threshold: i64,
    pub(crate) scope: RuleScope,
}

/// An achievement and its rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Achievement {
    pub(crate) id: AchievementId,
    pub(crate) position: i64,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) tier: Tier,
    pub(crate) points: i32,
    pub(crate) rule: Rule,
    /// Since when nobody earns it any more.
    pub(crate) retired_at: Option<DateTime<Utc>>,
    pub(crate) revision: i64,
}

/// A learner's totals in the courses, and under the tags, that somebody has looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ScopeTotals {
    courses: HashMap<CourseId, Totals>,
    tags: HashMap<String, Totals>,
}

impl ScopeTotals {
    /// Those of one course alone.
    pub(crate) fn of_course(course: CourseId, totals: Totals) -> Self {
        let courses = HashMap::from([(course, totals)]);
        Self {
            courses,
            tags: HashMap::new(),
        }
    }

    /// Adds the totals of a course and of its tags.
    pub(crate) fn add(&mut self, course: CourseId, totals: Totals, tags: &[String]) {
        self.courses.insert(course, totals);
        for tag in tags {
            let sum = self.tags.entry(tag.clone()).or_default();
            *sum = sum.moved(Totals::default(), totals);
        }
    }

    /// Takes over what `other` knows.
    pub(crate) fn extend(&mut self, other: Self) {
        self.courses.extend(other.courses);
        self.tags.extend(other.tags);
    }
}

impl Rule {
    /// How far the learner is; nothing where nobody has looked at what it counts.
    pub(crate) fn current(&self, learner: &Learner, scopes: &ScopeTotals) -> Option<i64> {
        let totals = match &self.scope {
            RuleScope::Everything => learner.totals,
            RuleScope::Course(course) => *scopes.courses.get(course)?,
            RuleScope::Tag(tag) => *scopes.tags.get(tag)?,
        };
        Some(match self.metric {
            Metric::Lessons => totals.lessons.into(),
            Metric::Courses => totals.courses.into(),
            Metric::Exercises => totals.exercises.into(),
            Metric::PerfectScores => totals.perfects.into(),
            Metric::StreakDays => learner.streak.longest.into(),
            Metric::Points => totals.points,
        })
    }

    pub(crate) fn is_reached(&self, learner: &Learner, scopes: &ScopeTotals) -> bool {
        let current = self.current(learner, scopes);
        current.is_some_and(|current| current >= self.threshold)
    }
}
