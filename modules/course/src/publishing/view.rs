//! Published versions and outlines.

use std::time::Instant;

use chrono::{DateTime, Utc};
use contracts::course::{
    CompletionRule, OutlineExercise, OutlineLesson, OutlineSection, OutlineView,
};
use kernel::{CourseId, ExerciseId, LessonId, SectionId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::authoring::Prerequisite;
use crate::domain::difference::{ChangeKind, PartChange, PartKind, WordChange, words};
use crate::domain::schema;
use crate::publishing::store::VersionHead;
use crate::publishing::store::schedules::ScheduleRecord;

/// The outline of a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CourseOutline {
    /// The course.
    pub(crate) course_id: CourseId,
    /// Its slug, which stands in URLs.
    #[schema(max_length = 80)]
    pub(crate) slug: String,
    /// Its title.
    #[schema(max_length = 200)]
    pub(crate) title: String,
    /// The published version; absent when it is the draft.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub(crate) version: Option<i64>,
    /// The sections in order.
    #[schema(max_items = 100)]
    pub(crate) sections: Vec<SectionLine>,
}

/// A section of an outline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = VersionSection)]
pub(crate) struct SectionLine {
    /// The section.
    pub(crate) id: SectionId,
    /// Its title.
    #[schema(max_length = 200)]
    pub(crate) title: String,
    /// The lessons in order.
    #[schema(max_items = 500)]
    pub(crate) lessons: Vec<LessonLine>,
}

/// A lesson of an outline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = VersionLesson)]
pub(crate) struct LessonLine {
    /// The lesson.
    pub(crate) id: LessonId,
    /// Its title.
    #[schema(max_length = 200)]
    pub(crate) title: String,
    /// How long it takes, in minutes.
    #[schema(minimum = 1, maximum = 600)]
    pub(crate) minutes: i32,
    /// When it is complete.
    pub(crate) completion: CompletionRule,
    /// The exercises in order.
    #[schema(max_items = 100)]
    pub(crate) exercises: Vec<ExerciseLine>,
}

/// An exercise of an outline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = VersionExercise)]
pub(crate) struct ExerciseLine {
    /// The exercise.
    pub(crate) id: ExerciseId,
    /// Its title.
    #[schema(max_length = 200)]
    pub(crate) title: String,
    /// The points of a perfect answer.
    #[schema(minimum = 1, maximum = 1000)]
    pub(crate) points: i32,
}

/// A published version in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct VersionSummary {
    /// Its number, from 1.
    #[schema(minimum = 1)]
    pub(crate) number: i64,
    /// The title that the course had.
    #[schema(max_length = 200)]
    pub(crate) title: String,
    /// What was new.
    #[schema(max_length = 5000)]
    pub(crate) change_notes: String,
    /// Who published it; absent when their account is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) published_by: Option<UserId>,
    /// When it was published.
    pub(crate) published_at: DateTime<Utc>,
    /// How many learners are on it, for the staff.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub(crate) learners: Option<i64>,
}

/// A published version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct VersionDetail {
    /// The course.
    pub(crate) course_id: CourseId,
    /// Its number, from 1.
    #[schema(minimum = 1)]
    pub(crate) number: i64,
    /// What was new.
    #[schema(max_length = 5000)]
    pub(crate) change_notes: String,
    /// Who published it; absent when their account is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) published_by: Option<UserId>,
    /// When it was published.
    pub(crate) published_at: DateTime<Utc>,
    /// The language in which it is written, as a BCP 47 tag.
    #[schema(max_length = 35)]
    pub(crate) language: String,
    /// The names of those whom it credits.
    #[schema(schema_with = schema::names)]
    pub(crate) author_names: Vec<String>,
    /// The license of its texts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100)]
    pub(crate) license: Option<String>,
    /// The courses that have to be completed before one enrolls in it.
    #[schema(max_items = 20)]
    pub(crate) prerequisites: Vec<Prerequisite>,
    /// How long its lessons take together, in minutes.
    #[schema(minimum = 0, maximum = 300000)]
    pub(crate) duration_minutes: i32,
    /// What it consists of.
    pub(crate) outline: CourseOutline,
}

/// That the draft of a course will be published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Schedule)]
pub(crate) struct ScheduleView {
    /// The course.
    pub(crate) course_id: CourseId,
    /// When.
    pub(crate) publish_at: DateTime<Utc>,
    /// What is new.
    #[schema(max_length = 5000)]
    pub(crate) change_notes: String,
    /// Who scheduled it.
    pub(crate) scheduled_by: UserId,
    /// Why it was not published at that time. It is not tried again: correct the draft, and schedule or publish it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 5000)]
    pub(crate) failure: Option<String>,
}

impl From<ScheduleRecord> for ScheduleView {
    fn from(schedule: ScheduleRecord) -> Self {
        Self {
            course_id: schedule.course_id,
            publish_at: schedule.publish_at,
            change_notes: schedule.change_notes,
            scheduled_by: schedule.scheduled_by,
            failure: schedule.failure,
        }
    }
}

/// A part of a course that two versions say differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct VersionChange {
    /// What it is.
    pub(crate) part: PartKind,
    /// Its id.
    pub(crate) id: Uuid,
    /// Its title, the newer one where it has two.
    #[schema(max_length = 200)]
    pub(crate) title: String,
    /// What became of it.
    pub(crate) change: ChangeKind,
    /// Whether it stands in another section or lesson, or elsewhere among the others.
    pub(crate) moved: bool,
    /// The fields that say something else.
    #[schema(max_items = 20)]
    pub(crate) fields: Vec<FieldChange>,
}

/// A field that says something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct FieldChange {
    /// Its name, as in the draft.
    #[schema(max_length = 40)]
    pub(crate) name: String,
    /// The words that stayed, came, and went, in the order of the text.
    #[schema(max_items = 20000)]
    pub(crate) words: Vec<WordChange>,
    /// Whether these are all of them: a field shows 20000 characters of changes.
    pub(crate) complete: bool,
}

impl VersionChange {
    /// After `deadline`, words are compared less exactly.
    pub(crate) fn new(change: PartChange, deadline: Instant) -> Self {
        let fields = change.fields.into_iter().map(|(name, before, after)| {
            let (words, complete) = words(&before, &after, deadline);
            FieldChange {
                name,
                words,
                complete,
            }
        });
        Self {
            part: change.kind,
            id: change.id,
            title: change.title,
            change: change.fate,
            moved: change.moved,
            fields: fields.collect(),
        }
    }
}

impl From<VersionHead> for VersionSummary {
    fn from(version: VersionHead) -> Self {
        Self {
            number: version.number,
            title: version.title,
            change_notes: version.change_notes,
            published_by: version.published_by,
            published_at: version.published_at,
            learners: None,
        }
    }
}

impl CourseOutline {
    /// The shape under the slug that the course has now; `version` is absent for the draft.
    pub(crate) fn new(outline: OutlineView, slug: String, version: Option<i64>) -> Self {
        let exercise = |exercise: OutlineExercise| ExerciseLine {
            id: exercise.id,
            title: exercise.title,
            points: exercise.points,
        };
        let lesson = |lesson: OutlineLesson| LessonLine {
            id: lesson.id,
            title: lesson.title,
            minutes: lesson.minutes,
            completion: lesson.completion,
            exercises: lesson.exercises.into_iter().map(exercise).collect(),
        };
        let section = |section: OutlineSection| SectionLine {
            id: section.id,
            title: section.title,
            lessons: section.lessons.into_iter().map(lesson).collect(),
        };
        Self {
            course_id: outline.course_id,
            slug,
            title: outline.title,
            version,
            sections: outline.sections.into_iter().map(section).collect(),
        }
    }
}
