//! The views, the trait and the events of the course module.

mod grading;

pub use grading::{ExerciseSubmissionGraded, ExerciseSubmissionQueued, ExerciseSubmissionReviewed};

use async_trait::async_trait;
use kernel::{CourseId, Event, ExerciseId, Failure, LessonId, SectionId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// When a lesson counts as complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CompletionRule {
    /// When the learner says that they have read it.
    Read,
    /// When every exercise of it is passed.
    Exercises,
}

/// The shape of one published version of a course: everything that progress counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutlineView {
    /// The course.
    pub course_id: CourseId,
    /// The published version, from 1.
    pub version: i64,
    /// The course's word in addresses.
    pub slug: String,
    /// The course's title.
    pub title: String,
    /// Whether only those whom the course module admits may know of it.
    #[serde(default)]
    pub invite_only: bool,
    /// The courses that have to be completed before one enrolls.
    #[serde(default)]
    pub prerequisites: Vec<OutlinePrerequisite>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// The sections in order.
    pub sections: Vec<OutlineSection>,
}

/// A course that has to be completed before another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutlinePrerequisite {
    /// The course.
    pub course_id: CourseId,
    /// Its title, for messages.
    pub title: String,
}

/// A section of an outline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutlineSection {
    /// The section.
    pub id: SectionId,
    /// Its title.
    pub title: String,
    /// The lessons in order.
    pub lessons: Vec<OutlineLesson>,
}

/// A lesson of an outline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutlineLesson {
    /// The lesson; the same id in every version that has it.
    pub id: LessonId,
    /// Its title.
    pub title: String,
    /// How long it takes, in minutes.
    pub minutes: i32,
    /// When it is complete.
    pub completion: CompletionRule,
    /// The exercises in order.
    pub exercises: Vec<OutlineExercise>,
}

/// An exercise of an outline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutlineExercise {
    /// The exercise; the same id in every version that has it.
    pub id: ExerciseId,
    /// Its title.
    pub title: String,
    /// The points of a perfect answer.
    pub points: i32,
}

/// What a user is to a course.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Admission {
    /// Whether they are on its staff.
    pub staff: bool,
    /// Whether they may change it.
    pub editor: bool,
    /// Whether they were invited.
    pub invited: bool,
}

/// The API of the course module for other modules.
#[async_trait]
pub trait CourseApi: Send + Sync {
    /// The newest published version's outline; `None` when there is none.
    ///
    /// # Errors
    /// A [`Failure`] when the module cannot answer now.
    async fn outline(&self, course: CourseId) -> Result<Option<OutlineView>, Failure>;

    /// What a user is to a course. Whoever brings the code of an invitation is invited from now on, and takes one of
    /// its places, once for a course.
    ///
    /// # Errors
    /// A [`Failure`] when the invitation has expired or has no place left, or the module cannot answer now.
    async fn admit(
        &self,
        course: CourseId,
        user: UserId,
        invitation_code: Option<&str>,
    ) -> Result<Admission, Failure>;
}

/// A draft has come into being.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseCreated {
    /// The course.
    pub course_id: CourseId,
    /// Its word in addresses.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// Who owns it.
    pub owner_id: UserId,
}

/// The draft of a course has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseUpdated {
    /// The course.
    pub course_id: CourseId,
    /// Its word in addresses.
    pub slug: String,
    /// Its title.
    pub title: String,
}

/// A version was published, or an archived course was restored with its newest one; a version never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoursePublished {
    /// The version and its shape.
    pub outline: OutlineView,
    /// What is new, in the author's words.
    pub change_notes: String,
    /// Who published it.
    pub published_by: UserId,
}

/// A course has left the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseArchived {
    /// The course.
    pub course_id: CourseId,
}

/// A draft was not published at the time that was set for it, and is not tried again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoursePublishFailed {
    /// The course.
    pub course_id: CourseId,
    /// Its title.
    pub course_title: String,
    /// Who is told: who scheduled it, or each of the owners where that user may no longer publish the course.
    pub recipient_id: UserId,
    /// Why, in words for the staff.
    pub reason: String,
}

/// A course that never was published is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CourseDeleted {
    /// The course.
    pub course_id: CourseId,
}

/// What happened to a lesson's draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonCreated {
    /// The lesson.
    pub lesson_id: LessonId,
    /// Its course.
    pub course_id: CourseId,
    /// Its title.
    pub title: String,
}

/// A lesson's draft has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonUpdated {
    /// The lesson.
    pub lesson_id: LessonId,
    /// Its course.
    pub course_id: CourseId,
    /// Its title.
    pub title: String,
}

/// A lesson was taken out of the draft; published versions keep it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonDeleted {
    /// The lesson.
    pub lesson_id: LessonId,
    /// Its course.
    pub course_id: CourseId,
}

/// An exercise was added to a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExerciseCreated {
    /// The exercise.
    pub exercise_id: ExerciseId,
    /// Its lesson.
    pub lesson_id: LessonId,
    /// Its course.
    pub course_id: CourseId,
}

/// An exercise's draft has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExerciseUpdated {
    /// The exercise.
    pub exercise_id: ExerciseId,
    /// Its lesson.
    pub lesson_id: LessonId,
    /// Its course.
    pub course_id: CourseId,
}

/// An exercise was taken out of the draft; published versions keep it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExerciseDeleted {
    /// The exercise.
    pub exercise_id: ExerciseId,
    /// Its lesson.
    pub lesson_id: LessonId,
    /// Its course.
    pub course_id: CourseId,
}

impl Event for CourseCreated {
    const TYPE: &'static str = "course.created.v1";
    const AGGREGATE: &'static str = "course";
    fn subject(&self) -> String {
        self.course_id.to_string()
    }
}

impl Event for CourseUpdated {
    const TYPE: &'static str = "course.updated.v1";
    const AGGREGATE: &'static str = "course";
    fn subject(&self) -> String {
        self.course_id.to_string()
    }
}

impl Event for CoursePublished {
    const TYPE: &'static str = "course.published.v1";
    const AGGREGATE: &'static str = "course";
    fn subject(&self) -> String {
        self.outline.course_id.to_string()
    }
}

impl Event for CourseArchived {
    const TYPE: &'static str = "course.archived.v1";
    const AGGREGATE: &'static str = "course";
    fn subject(&self) -> String {
        self.course_id.to_string()
    }
}

impl Event for CoursePublishFailed {
    const TYPE: &'static str = "course.publish_failed.v1";
    const AGGREGATE: &'static str = "course";
    fn subject(&self) -> String {
        self.course_id.to_string()
    }
}

impl Event for CourseDeleted {
    const TYPE: &'static str = "course.deleted.v1";
    const AGGREGATE: &'static str = "course";
    fn subject(&self) -> String {
        self.course_id.to_string()
    }
}

impl Event for LessonCreated {
    const TYPE: &'static str = "lesson.created.v1";
    const AGGREGATE: &'static str = "lesson";
    fn subject(&self) -> String {
        self.lesson_id.to_string()
    }
}

impl Event for LessonUpdated {
    const TYPE: &'static str = "lesson.updated.v1";
    const AGGREGATE: &'static str = "lesson";
    fn subject(&self) -> String {
        self.lesson_id.to_string()
    }
}

impl Event for LessonDeleted {
    const TYPE: &'static str = "lesson.deleted.v1";
    const AGGREGATE: &'static str = "lesson";
    fn subject(&self) -> String {
        self.lesson_id.to_string()
    }
}

impl Event for ExerciseCreated {
    const TYPE: &'static str = "exercise.created.v1";
    const AGGREGATE: &'static str = "exercise";
    fn subject(&self) -> String {
        self.exercise_id.to_string()
    }
}

impl Event for ExerciseUpdated {
    const TYPE: &'static str = "exercise.updated.v1";
    const AGGREGATE: &'static str = "exercise";
    fn subject(&self) -> String {
        self.exercise_id.to_string()
    }
}

impl Event for ExerciseDeleted {
    const TYPE: &'static str = "exercise.deleted.v1";
    const AGGREGATE: &'static str = "exercise";
    fn subject(&self) -> String {
        self.exercise_id.to_string()
    }
}
