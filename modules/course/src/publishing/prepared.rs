//! What a draft says, worked through before a transaction is open: the largest takes longer than
//! others may be held up.

use std::collections::BTreeMap;

use kernel::FieldFault;

use crate::domain::search::indexed;
use crate::domain::{CourseBody, LessonBody};
use crate::markdown::{self, Texts};

/// The texts of a draft.
pub(crate) struct DraftTexts {
    course: CourseBody,
    lessons: Vec<LessonBody>,
    /// The place of each lesson in the outline.
    places: Vec<String>,
    /// What is Markdown beside the lessons and may refer to assets, with its place.
    markdown: Texts,
}

impl DraftTexts {
    /// Those of a course and its lessons; `place` is asked for each lesson by its index.
    pub(crate) fn of(
        course: CourseBody,
        lessons: Vec<LessonBody>,
        place: impl Fn(usize) -> String,
    ) -> Self {
        Self {
            markdown: markdown::of_text("/description", Some(&course.description)),
            places: (0..lessons.len()).map(place).collect(),
            course,
            lessons,
        }
    }

    /// Adds what an exercise at `place` says.
    pub(crate) fn add(&mut self, place: &str, of_exercise: Texts) {
        let texts = of_exercise.into_iter();
        self.markdown
            .extend(texts.map(|(at, text)| (format!("{place}{at}"), text)));
    }

    /// What may refer to assets, with the place of each.
    fn referring(&self) -> impl Iterator<Item = (&String, &String)> {
        let contents = self.lessons.iter().map(|lesson| &lesson.content);
        let of_lessons = self.places.iter().zip(contents);
        let others = self.markdown.iter().map(|(place, text)| (place, text));
        of_lessons.chain(others)
    }
}

/// By what a draft will be found, and the assets that it needs.
pub(crate) struct Prepared {
    pub(super) words: BTreeMap<String, i32>,
    references: Vec<Reference>,
}

/// A text names an asset.
struct Reference {
    place: String,
    name: String,
}

impl Prepared {
    pub(crate) fn of(texts: &DraftTexts) -> Self {
        let lessons = texts.lessons.iter();
        let titles: Vec<String> = lessons.clone().map(|lesson| lesson.title.clone()).collect();
        let contents = lessons.map(|lesson| lesson.content.as_str());
        let references = texts.referring().flat_map(|(place, text)| {
            let names = markdown::references(text).into_iter();
            names.map(|name| Reference {
                place: place.clone(),
                name,
            })
        });
        Self {
            words: indexed(&texts.course, &titles, contents),
            references: references.collect(),
        }
    }

    /// The references to what is not known, with their places.
    pub(super) fn missing(&self, is_known: impl Fn(&str) -> bool) -> Vec<FieldFault> {
        let missing = self.references.iter();
        let missing = missing.filter(|reference| !is_known(&reference.name));
        missing.map(Reference::fault).collect()
    }
}

impl Reference {
    fn fault(&self) -> FieldFault {
        let message = format!(
            "the text refers to “assets/{}”, which the course does not have; upload it, or take the reference away",
            self.name
        );
        FieldFault::new(&self.place, "asset_missing", message)
    }
}
