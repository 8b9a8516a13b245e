//! The request that changes many parts of a draft at once.

use kernel::{ExerciseId, LessonId, SectionId};
use serde::Deserialize;
use utoipa::openapi::schema::OneOfBuilder;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use super::{
    ChangeExercise, ChangeLesson, ChangeSection, CreateExercise, CreateLesson, CreateSection,
};
use crate::domain::schema;
use crate::markdown::Texts;

/// Changes of a draft that are applied in order, all of them or none.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "operations": [
    { "kind": "create_section", "reference": "00000000-0000-4000-8000-000000000001", "section": { "title": "Testing" } },
    { "kind": "create_lesson", "reference": "00000000-0000-4000-8000-000000000002", "lesson": {
        "section_id": "00000000-0000-4000-8000-000000000001", "title": "A first test", "minutes": 20, "completion": "read",
    } },
    { "kind": "create_exercise", "lesson_id": "00000000-0000-4000-8000-000000000002", "exercise": {
        "title": "Names of tests", "prompt": "A test begins with `Test`.", "points": 5,
        "question": { "kind": "true_false", "correct": true },
    } },
] }))]
pub(crate) struct CourseBatch {
    /// The changes.
    #[schema(min_items = 1, max_items = 100)]
    pub(crate) operations: Vec<DraftChange>,
}

/// A change of one part of a draft.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum DraftChange {
    CreateSection(SectionCreation),
    UpdateSection(SectionUpdate),
    DeleteSection(SectionDeletion),
    CreateLesson(LessonCreation),
    UpdateLesson(LessonUpdate),
    DeleteLesson(LessonDeletion),
    CreateExercise(ExerciseCreation),
    UpdateExercise(ExerciseUpdate),
    DeleteExercise(ExerciseDeletion),
}

/// A section to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SectionCreation {
    /// A UUID of your choice, by which later operations name the section.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(crate) reference: Option<Uuid>,
    /// The section.
    pub(crate) section: CreateSection,
}

/// A section to change or move.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SectionUpdate {
    /// The section, or the reference under which an earlier operation created it.
    pub(crate) section_id: SectionId,
    /// The change.
    pub(crate) change: ChangeSection,
}

/// A section to delete.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SectionDeletion {
    /// The section, or the reference under which an earlier operation created it.
    pub(crate) section_id: SectionId,
}

/// A lesson to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LessonCreation {
    /// A UUID of your choice, by which later operations name the lesson.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(crate) reference: Option<Uuid>,
    /// The lesson; its section may be a reference.
    pub(crate) lesson: CreateLesson,
}

/// A lesson to change or move.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LessonUpdate {
    /// The lesson, or the reference under which an earlier operation created it.
    pub(crate) lesson_id: LessonId,
    /// The change; its section may be a reference.
    pub(crate) change: ChangeLesson,
}

/// A lesson to delete.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LessonDeletion {
    /// The lesson, or the reference under which an earlier operation created it.
    pub(crate) lesson_id: LessonId,
}

/// An exercise to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExerciseCreation {
    /// A UUID of your choice, by which later operations name the exercise.
    #[serde(default)]
    #[schema(nullable = false)]
    pub(crate) reference: Option<Uuid>,
    /// Its lesson, or the reference under which an earlier operation created it.
    pub(crate) lesson_id: LessonId,
    /// The exercise.
    pub(crate) exercise: CreateExercise,
}

/// An exercise to change or move.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExerciseUpdate {
    /// The exercise, or the reference under which an earlier operation created it.
    pub(crate) exercise_id: ExerciseId,
    /// The change; its lesson may be a reference.
    pub(crate) change: ChangeExercise,
}

/// An exercise to delete.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExerciseDeletion {
    /// The exercise, or the reference under which an earlier operation created it.
    pub(crate) exercise_id: ExerciseId,
}

impl CourseBatch {
    /// What of it is Markdown.
    pub(crate) fn markdown(&self) -> Texts {
        let mut texts = Texts::new();
        for (index, change) in self.operations.iter().enumerate() {
            let (part, own) = match change {
                DraftChange::CreateLesson(new) => ("lesson", new.lesson.markdown()),
                DraftChange::UpdateLesson(update) => ("change", update.change.markdown()),
                DraftChange::CreateExercise(new) => ("exercise", new.exercise.markdown()),
                DraftChange::UpdateExercise(update) => ("change", update.change.markdown()),
                _ => continue,
            };
            let at = format!("/operations/{index}/{part}");
            let own = own.into_iter();
            texts.extend(own.map(|(pointer, text)| (format!("{at}{pointer}"), text)));
        }
        texts
    }
}

impl DraftChange {
    /// The field in which the content of the change stands.
    pub(crate) fn part(&self) -> &'static str {
        match self {
            Self::CreateSection(_) => "/section",
            Self::CreateLesson(_) => "/lesson",
            Self::CreateExercise(_) => "/exercise",
            Self::UpdateSection(_) | Self::UpdateLesson(_) | Self::UpdateExercise(_) => "/change",
            Self::DeleteSection(_) | Self::DeleteLesson(_) | Self::DeleteExercise(_) => "",
        }
    }
}

impl PartialSchema for DraftChange {
    fn schema() -> RefOr<Schema> {
        OneOfBuilder::new()
            .description(Some("A change of one part of a draft."))
            .item(schema::of_kind::<SectionCreation>("create_section"))
            .item(schema::of_kind::<SectionUpdate>("update_section"))
            .item(schema::of_kind::<SectionDeletion>("delete_section"))
            .item(schema::of_kind::<LessonCreation>("create_lesson"))
            .item(schema::of_kind::<LessonUpdate>("update_lesson"))
            .item(schema::of_kind::<LessonDeletion>("delete_lesson"))
            .item(schema::of_kind::<ExerciseCreation>("create_exercise"))
            .item(schema::of_kind::<ExerciseUpdate>("update_exercise"))
            .item(schema::of_kind::<ExerciseDeletion>("delete_exercise"))
            .into()
    }
}

impl ToSchema for DraftChange {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        SectionCreation::schemas(schemas);
        SectionUpdate::schemas(schemas);
        LessonCreation::schemas(schemas);
        LessonUpdate::schemas(schemas);
        ExerciseCreation::schemas(schemas);
        ExerciseUpdate::schemas(schemas);
    }
}
