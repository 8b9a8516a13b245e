//! Progress in a course, lesson by lesson, and what comes next.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use contracts::course::{OutlineLesson, OutlineView};
use kernel::{CourseId, LessonId, SectionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::{Enrollment, LessonState, ProgressStatus, State};
use crate::enrollment::EnrollmentView;

/// An enrollment with each of its lessons.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CourseProgress {
    pub(crate) enrollment: EnrollmentView,
    /// The lessons of the learner's version, in order.
    #[schema(max_items = 100000)]
    pub(crate) lessons: Vec<LessonProgress>,
}

/// Progress in one lesson.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct LessonProgress {
    pub(crate) lesson_id: LessonId,
    pub(crate) section_id: SectionId,
    #[schema(max_length = 200)]
    pub(crate) title: String,
    pub(crate) status: ProgressStatus,
    /// How far the learner has read.
    #[schema(minimum = 0, maximum = 100, example = 60)]
    pub(crate) percent: i32,
    /// Time spent.
    #[schema(minimum = 0, maximum = 1000000000000i64, example = 240)]
    pub(crate) seconds: i64,
    #[schema(minimum = 0, maximum = 10000, example = 3)]
    pub(crate) exercises_passed: i32,
    #[schema(minimum = 0, maximum = 10000, example = 6)]
    pub(crate) exercises_total: i32,
    /// How many answers to them wait for the staff to grade them.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10000, example = 1)]
    pub(crate) exercises_awaiting_grade: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) completed_at: Option<DateTime<Utc>>,
}

/// What to do next, the course that was touched last first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = NextLessonList)]
pub(crate) struct NextLessons {
    #[schema(max_items = 50)]
    pub(crate) items: Vec<NextLesson>,
}

/// The next lesson of a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct NextLesson {
    pub(crate) course_id: CourseId,
    #[schema(max_length = 200)]
    pub(crate) course_title: String,
    pub(crate) lesson_id: LessonId,
    #[schema(max_length = 200)]
    pub(crate) lesson_title: String,
    /// How long the lesson takes.
    #[schema(minimum = 0, maximum = 100000, example = 25)]
    pub(crate) minutes: i32,
    pub(crate) status: ProgressStatus,
    /// How far the learner has read in it: where to resume.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100, example = 60)]
    pub(crate) percent: i32,
}

impl CourseProgress {
    pub(crate) fn of(enrollment: Enrollment, outline: &OutlineView, state: &State) -> Self {
        let mut lessons = Vec::new();
        for section in &outline.sections {
            let of_section = section.lessons.iter();
            lessons.extend(of_section.map(|lesson| LessonProgress::of(section.id, lesson, state)));
        }
        Self {
            enrollment: enrollment.into(),
            lessons,
        }
    }
}

impl LessonProgress {
    fn of(section_id: SectionId, lesson: &OutlineLesson, state: &State) -> Self {
        let known = state.lessons.get(&lesson.id);
        Self {
            lesson_id: lesson.id,
            section_id,
            title: lesson.title.clone(),
            status: state.status(lesson.id),
            percent: known.map_or(0, |known| known.percent),
            seconds: known.map_or(0, |known| known.seconds),
            exercises_passed: state.count_passed(lesson),
            exercises_total: i32::try_from(lesson.exercises.len()).unwrap_or(i32::MAX),
            exercises_awaiting_grade: state.count_awaiting(lesson),
            completed_at: known.and_then(|known| known.completed_at),
        }
    }
}

impl NextLesson {
    /// The next lesson of a course, if one is open.
    pub(crate) fn of(
        enrollment: &Enrollment,
        outline: &OutlineView,
        lessons: &BTreeMap<LessonId, LessonState>,
    ) -> Option<Self> {
        let completed = |lesson: &OutlineLesson| {
            let known = lessons.get(&lesson.id);
            known.is_some_and(|known| known.completed_at.is_some())
        };
        let mut all = outline.sections.iter().flat_map(|section| &section.lessons);
        let open = all.find(|lesson| !completed(lesson))?;
        let known = lessons.get(&open.id);
        Some(Self {
            course_id: enrollment.course,
            course_title: enrollment.title.clone(),
            lesson_id: open.id,
            status: ProgressStatus::of(known.map(|known| known.started_at), None),
            lesson_title: open.title.clone(),
            minutes: open.minutes,
            percent: known.map_or(0, |known| known.percent),
        })
    }
}
