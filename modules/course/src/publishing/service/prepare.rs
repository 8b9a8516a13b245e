//! Working through what a draft or a version says, outside of any transaction.

use std::collections::HashMap;

use contracts::course::OutlineView;
use uuid::Uuid;

use super::Service;
use crate::authoring::{CourseRecord, Draft, lessons};
use crate::domain::LessonBody;
use crate::error::Error;
use crate::markdown;
use crate::publishing::prepared::{DraftTexts, Prepared};
use crate::publishing::store::{VersionRecord, parts, referring};

/// How often a draft is read again when somebody else has changed it meanwhile.
pub(super) const RACES: usize = 3;

impl Service {
    /// What a draft says. It is true of the draft as long as that has the version of `course`, which was read before.
    pub(super) async fn prepare_draft(&self, course: &CourseRecord) -> Result<Prepared, Error> {
        let db = self.database.read();
        let outline = Draft::read(db, course).await?.outline(course, 0);
        let places = places(&outline);
        let place = |id: Uuid| places.get(&id).cloned().unwrap_or_default();
        let lessons = lessons::list(db, course.id).await?;
        let of_lessons = lessons
            .into_iter()
            .map(|lesson| (lesson.id.uuid(), lesson.body));
        let (ids, lessons): (Vec<_>, Vec<_>) = of_lessons.unzip();
        let mut texts = DraftTexts::of(course.body.clone(), lessons, |index| {
            ids.get(index).map(|id| place(*id)).unwrap_or_default()
        });
        for (id, exercise) in referring::exercises(db, course.id).await? {
            let of_exercise = markdown::of_exercise(
                Some(&exercise.prompt),
                Some(&exercise.hints),
                exercise.explanation.as_ref(),
                Some(&exercise.question),
                Some(&exercise.variants),
            );
            texts.add(&place(id.uuid()), of_exercise);
        }
        Ok(self.lane.run(move || Prepared::of(&texts)).await?)
    }

    /// What a version says, which never changes.
    pub(super) async fn prepare_version(&self, version: &VersionRecord) -> Result<Prepared, Error> {
        let (db, number) = (self.database.read(), version.number);
        let lessons = parts::lessons(db, version.course_id, number).await?;
        let bodies: Vec<LessonBody> = lessons.into_iter().map(|lesson| lesson.body).collect();
        let texts = DraftTexts::of(version.meta.course.clone(), bodies, |_| String::new());
        Ok(self.lane.run(move || Prepared::of(&texts)).await?)
    }
}

/// The pointers to lessons and exercises in an outline, by their ids.
fn places(outline: &OutlineView) -> HashMap<Uuid, String> {
    let mut places = HashMap::new();
    for (section, part) in outline.sections.iter().enumerate() {
        for (lesson, part) in part.lessons.iter().enumerate() {
            let at = format!("/sections/{section}/lessons/{lesson}");
            for (exercise, part) in part.exercises.iter().enumerate() {
                places.insert(part.id.uuid(), format!("{at}/exercises/{exercise}"));
            }
            places.insert(part.id.uuid(), at);
        }
    }
    places
}
