//! Enrollments as their learner sees them.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};
use contracts::course::{OutlineLesson, OutlineView};
use kernel::{CohortId, CourseId, EnrollmentId, LessonId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{
    CohortSummary, Enrollment, EnrollmentStatus, PendingFacts, ProgressStatus, State,
};

/// An enrollment with its progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct EnrollmentView {
    pub(crate) id: EnrollmentId,
    pub(crate) course_id: CourseId,
    /// The present slug of the course, for URLs.
    #[schema(max_length = 80, example = "go-from-zero")]
    pub(crate) course_slug: String,
    #[schema(max_length = 200)]
    pub(crate) course_title: String,
    /// The published version that the learner stays on.
    #[schema(minimum = 1, maximum = 1000000000, example = 1)]
    pub(crate) course_version: i64,
    /// The newest published version; when it is higher, `GET …/upgrade` previews the move to it.
    #[schema(minimum = 1, maximum = 1000000000, example = 1)]
    pub(crate) newest_version: i64,
    pub(crate) status: EnrollmentStatus,
    pub(crate) progress: ProgressStatus,
    /// Completed lessons.
    #[schema(minimum = 0, maximum = 100000, example = 2)]
    pub(crate) done: i32,
    /// Lessons of the learner's version.
    #[schema(minimum = 0, maximum = 100000, example = 5)]
    pub(crate) total: i32,
    /// The share of lessons that are completed, in whole percent, rounded down.
    #[schema(minimum = 0, maximum = 100, example = 40)]
    pub(crate) percent: i32,
    #[schema(minimum = 0, maximum = 1000000000000i64, example = 60)]
    pub(crate) points: i64,
    /// The progress version, which `If-Match` takes too.
    #[schema(minimum = 0, maximum = 1000000000000i64, example = 7)]
    pub(crate) revision: i64,
    pub(crate) enrolled_at: DateTime<Utc>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) started_at: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) completed_at: Option<DateTime<Utc>>,
    pub(crate) last_activity_at: DateTime<Utc>,
    /// Until when you can learn in the course; absent when it is without an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) access_until: Option<DateTime<Utc>>,
    /// The cohort of the course that you are in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) cohort: Option<EnrollmentCohort>,
}

/// The cohort of a learner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct EnrollmentCohort {
    pub(crate) id: CohortId,
    #[schema(max_length = 100, example = "Autumn 2026")]
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) starts_on: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) ends_on: Option<NaiveDate>,
}

impl From<CohortSummary> for EnrollmentCohort {
    fn from(cohort: CohortSummary) -> Self {
        Self {
            id: cohort.id,
            name: cohort.name,
            starts_on: cohort.starts_on,
            ends_on: cohort.ends_on,
        }
    }
}

impl From<Enrollment> for EnrollmentView {
    fn from(row: Enrollment) -> Self {
        let percent = percent(row.done, row.total);
        Self {
            id: row.id,
            course_id: row.course,
            course_slug: row.slug,
            course_title: row.title,
            course_version: row.version,
            newest_version: row.newest_version.max(row.version),
            status: row.status,
            progress: row.progress,
            done: row.done,
            total: row.total,
            percent,
            points: row.points,
            revision: row.revision,
            enrolled_at: row.enrolled_at,
            started_at: row.started_at,
            completed_at: row.completed_at,
            last_activity_at: row.last_activity_at,
            access_until: row.access_until,
            cohort: row.cohort.map(Into::into),
        }
    }
}

/// What moving to the newest version would change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct EnrollmentUpgrade {
    pub(crate) enrollment_id: EnrollmentId,
    pub(crate) course_id: CourseId,
    /// Whether there is a newer version; without one, `before` and `after` are alike.
    pub(crate) available: bool,
    pub(crate) before: UpgradeCounts,
    pub(crate) after: UpgradeCounts,
    /// The lessons of the newest version in order, then those that it no longer has.
    #[schema(max_items = 100000)]
    pub(crate) lessons: Vec<LessonUpgrade>,
}

/// The counts of an enrollment on one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct UpgradeCounts {
    #[schema(minimum = 1, maximum = 1000000000, example = 1)]
    pub(crate) version: i64,
    /// Completed lessons of the version.
    #[schema(minimum = 0, maximum = 100000, example = 2)]
    pub(crate) done: i32,
    /// Lessons of the version.
    #[schema(minimum = 0, maximum = 100000, example = 5)]
    pub(crate) total: i32,
    /// The share of lessons that are completed, in whole percent, rounded down.
    #[schema(minimum = 0, maximum = 100, example = 40)]
    pub(crate) percent: i32,
    /// Points that were earned in the course; an upgrade takes none away.
    #[schema(minimum = 0, maximum = 1000000000000i64, example = 60)]
    pub(crate) points: i64,
}

/// What becomes of a lesson.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct LessonUpgrade {
    pub(crate) lesson_id: LessonId,
    #[schema(max_length = 200)]
    pub(crate) title: String,
    pub(crate) change: LessonChange,
    /// Whether the lesson is completed, after the move for one that stays.
    pub(crate) completed: bool,
    /// Exercises of the lesson that are passed.
    #[schema(minimum = 0, maximum = 10000, example = 1)]
    pub(crate) exercises_passed: i32,
    #[schema(minimum = 0, maximum = 10000, example = 3)]
    pub(crate) exercises_total: i32,
}

/// Whether a version has a lesson that the other one has not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LessonChange {
    Added,
    Kept,
    Removed,
}

impl EnrollmentUpgrade {
    /// The preview of `facts`, which lead from the version before to the one after.
    pub(crate) fn of(
        (before, outline): (&Enrollment, &OutlineView),
        (after, newest): (&Enrollment, &OutlineView),
        facts: &PendingFacts,
    ) -> Self {
        let old: HashSet<LessonId> = lessons_of(outline).map(|lesson| lesson.id).collect();
        let new: HashSet<LessonId> = lessons_of(newest).map(|lesson| lesson.id).collect();
        let standing = lessons_of(newest).map(|lesson| match old.contains(&lesson.id) {
            true => LessonUpgrade::of(lesson, LessonChange::Kept, &facts.state),
            false => LessonUpgrade::of(lesson, LessonChange::Added, &facts.state),
        });
        let gone = lessons_of(outline).filter(|lesson| !new.contains(&lesson.id));
        let gone =
            gone.map(|lesson| LessonUpgrade::of(lesson, LessonChange::Removed, &facts.state));
        Self {
            enrollment_id: before.id,
            course_id: before.course,
            available: after.version > before.version,
            before: UpgradeCounts::of(before),
            after: UpgradeCounts::of(after),
            lessons: standing.chain(gone).collect(),
        }
    }
}

impl UpgradeCounts {
    fn of(enrollment: &Enrollment) -> Self {
        Self {
            version: enrollment.version,
            done: enrollment.done,
            total: enrollment.total,
            percent: percent(enrollment.done, enrollment.total),
            points: enrollment.points,
        }
    }
}

impl LessonUpgrade {
    fn of(lesson: &OutlineLesson, change: LessonChange, state: &State) -> Self {
        Self {
            lesson_id: lesson.id,
            title: lesson.title.clone(),
            change,
            completed: state.is_complete(lesson.id),
            exercises_passed: state.count_passed(lesson),
            exercises_total: i32::try_from(lesson.exercises.len()).unwrap_or(i32::MAX),
        }
    }
}

fn lessons_of(outline: &OutlineView) -> impl Iterator<Item = &OutlineLesson> {
    outline.sections.iter().flat_map(|section| &section.lessons)
}

/// The share of lessons that are completed, in whole percent, rounded down.
pub(crate) fn percent(done: i32, total: i32) -> i32 {
    let percent = i64::from(done) * 100 / i64::from(total.max(1));
    i32::try_from(percent).unwrap_or(100)
}

/// An enrollment, and whether this request made it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Enrolled {
    pub(crate) enrollment: EnrollmentView,
    pub(crate) created: bool,
}
