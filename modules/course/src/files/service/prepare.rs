//! Working through what the files of a course say, outside of any transaction.

use super::Service;
use crate::domain::{Checked, LessonBody};
use crate::error::Error;
use crate::files::ParsedCourse;
use crate::publishing::{DraftTexts, Prepared};

impl Service {
    /// The course, and what a version of it needs when one is to be published.
    pub(super) async fn prepared(
        &self,
        parsed: ParsedCourse,
        publish: bool,
    ) -> Result<(ParsedCourse, Option<Prepared>), Error> {
        if !publish {
            return Ok((parsed, None));
        }
        let work = move || {
            let texts = texts(&parsed)?;
            Ok((parsed, Some(Prepared::of(&texts))))
        };
        self.lane.run(work).await?
    }
}

fn texts(parsed: &ParsedCourse) -> Result<DraftTexts, Error> {
    let mut lessons: Vec<LessonBody> = Vec::new();
    let mut places = Vec::new();
    let mut of_exercises = Vec::new();
    for (section, part) in parsed.sections.iter().enumerate() {
        for (lesson, part) in part.lessons.iter().enumerate() {
            let at = format!("/sections/{section}/lessons/{lesson}");
            for (exercise, file) in part.exercises.iter().enumerate() {
                of_exercises.push((format!("{at}/exercises/{exercise}"), file.markdown()));
            }
            lessons.push(part.file.body(&part.content).checked()?);
            places.push(at);
        }
    }
    let course = parsed.file.body().checked()?;
    let place = |index| places.get(index).cloned().unwrap_or_default();
    let mut texts = DraftTexts::of(course, lessons, place);
    for (place, markdown) in of_exercises {
        texts.add(&place, markdown);
    }
    Ok(texts)
}
