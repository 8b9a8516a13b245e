//! An enrollment: what its facts add up to, beside the course that it is in.

use chrono::{DateTime, Utc};
use contracts::course::OutlineView;
use kernel::{CourseId, EnrollmentId, LessonId, UserId};
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};
use utoipa::ToSchema;

use super::cohort::CohortSummary;
use super::progress_status::ProgressStatus;
use super::risk::RiskDates;
use super::shape::Shape;
use super::state::State;

/// Whether the learner is in the course.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[derive(EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub(crate) enum EnrollmentStatus {
    Active,
    /// They have left it.
    Left,
    /// The staff has taken them out of it.
    Removed,
    /// The time for which they may learn in it is over.
    Expired,
}

impl EnrollmentStatus {
    pub(crate) fn of(state: &State) -> Self {
        match (state.active, state.removed) {
            (true, _) => Self::Active,
            (false, true) => Self::Removed,
            (false, false) if state.expired => Self::Expired,
            (false, false) => Self::Left,
        }
    }
}

/// An enrollment and its counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Enrollment {
    pub(crate) id: EnrollmentId,
    pub(crate) learner: UserId,
    pub(crate) course: CourseId,
    pub(crate) version: i64,
    /// The newest published version of the course.
    pub(crate) newest_version: i64,
    /// The present slug of the course.
    pub(crate) slug: String,
    pub(crate) title: String,
    pub(crate) status: EnrollmentStatus,
    pub(crate) progress: ProgressStatus,
    pub(crate) done: i32,
    pub(crate) total: i32,
    pub(crate) points: i64,
    pub(crate) revision: i64,
    pub(crate) enrolled_at: DateTime<Utc>,
    pub(crate) started_at: Option<DateTime<Utc>>,
    pub(crate) completed_at: Option<DateTime<Utc>>,
    pub(crate) last_activity_at: DateTime<Utc>,
    /// Until when the learner may learn in the course; without an end where nothing is set.
    pub(crate) access_until: Option<DateTime<Utc>>,
    /// The points of the best answers, in percent of those of the exercises that were answered.
    pub(crate) score_percent: Option<i32>,
    /// Whole days from enrolling to completing the course.
    pub(crate) days_to_complete: Option<i32>,
    /// The last lesson of the version that the learner has begun.
    pub(crate) furthest_lesson: Option<LessonId>,
    /// Since when the learner is at risk if they stay away; nothing once they have completed the course or left it.
    pub(crate) risk: Option<RiskDates>,
    /// The cohort that the learner is in.
    pub(crate) cohort: Option<CohortSummary>,
}

impl Enrollment {
    /// An enrollment of which nothing is recorded yet.
    pub(crate) fn new(
        id: EnrollmentId,
        learner: UserId,
        slug: String,
        outline: &OutlineView,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            learner,
            course: outline.course_id,
            version: outline.version,
            newest_version: outline.version,
            slug,
            title: outline.title.clone(),
            status: EnrollmentStatus::Left,
            progress: ProgressStatus::NotStarted,
            done: 0,
            total: Shape::of(outline).total(),
            points: 0,
            revision: 0,
            enrolled_at: now,
            started_at: None,
            completed_at: None,
            last_activity_at: now,
            access_until: None,
            score_percent: None,
            days_to_complete: None,
            furthest_lesson: None,
            risk: None,
            cohort: None,
        }
    }

    /// Takes over what `state` says on a version with this `shape`.
    pub(crate) fn reflect(&mut self, state: &State, shape: &Shape) {
        let totals = state.totals();
        self.status = EnrollmentStatus::of(state);
        self.progress = ProgressStatus::of(state.started_at, state.completed_at);
        self.done = state.count_done(shape);
        self.total = shape.total();
        self.points = totals.points;
        self.revision = state.revision;
        self.enrolled_at = state.enrolled_at.unwrap_or(self.enrolled_at);
        self.started_at = state.started_at;
        self.completed_at = state.completed_at;
        self.last_activity_at = state.last_activity_at.unwrap_or(self.last_activity_at);
        self.access_until = state.access_until;
        self.score_percent = state.score_percent(shape);
        self.days_to_complete = state.days_to_complete();
        self.furthest_lesson = state.furthest_lesson(shape);
        self.risk = RiskDates::of(state, shape);
    }

    /// Takes over the version of `outline`.
    pub(crate) fn upgrade(&mut self, outline: &OutlineView) {
        self.version = outline.version;
        self.title.clone_from(&outline.title);
    }

    /// Whether the time for which the learner may learn is over.
    pub(crate) fn is_expired(&self, now: DateTime<Utc>) -> bool {
        let over = self.access_until.is_some_and(|until| until <= now);
        over || self.status == EnrollmentStatus::Expired
    }

    pub(crate) fn is_active(&self) -> bool {
        self.status == EnrollmentStatus::Active
    }
}
