//! Which part of a draft a part of the files continues: the one with its id, or else its key.

use std::collections::HashSet;

use crate::authoring::{ExerciseRecord, LessonRecord, SectionRecord};
use crate::files::{ExerciseFile, ParsedCourse, ParsedLesson, ParsedSection};

/// The draft as it stands before the import; what is matched is taken out of it.
pub(crate) struct Before {
    pub(crate) sections: Vec<SectionRecord>,
    pub(crate) lessons: Vec<LessonRecord>,
    pub(crate) exercises: Vec<ExerciseRecord>,
}

/// A part of the files with the part of the draft that it continues.
pub(crate) struct Matched<'p> {
    pub(crate) section: &'p ParsedSection,
    pub(crate) known: Option<SectionRecord>,
    pub(crate) lessons: Vec<MatchedLesson<'p>>,
}

pub(crate) struct MatchedLesson<'p> {
    pub(crate) lesson: &'p ParsedLesson,
    pub(crate) known: Option<LessonRecord>,
    pub(crate) exercises: Vec<(&'p ExerciseFile, Option<ExerciseRecord>)>,
}

impl Before {
    /// Joins each part of the files with the part of the draft that has its id or else its key.
    pub(crate) fn match_with<'p>(&mut self, parsed: &'p ParsedCourse) -> Vec<Matched<'p>> {
        let lesson_ids: HashSet<_> = parsed
            .sections
            .iter()
            .flat_map(|section| section.lessons.iter().filter_map(|lesson| lesson.file.id))
            .collect();
        let mut matched = Vec::new();
        for section in &parsed.sections {
            let known = take(&mut self.sections, |row| Some(row.id) == section.file.id)
                .or_else(|| take(&mut self.sections, |row| row.key == section.key));
            let home = known.as_ref().map(|row| row.id);
            let mut lessons = Vec::new();
            for lesson in &section.lessons {
                let known =
                    take(&mut self.lessons, |row| Some(row.id) == lesson.file.id).or_else(|| {
                        take(&mut self.lessons, |row| {
                            Some(row.section_id) == home
                                && row.key == lesson.key
                                && !lesson_ids.contains(&row.id)
                        })
                    });
                let home = known.as_ref().map(|row| row.id);
                let of_id = lesson.exercises.iter().map(|file| {
                    take(&mut self.exercises, |row| {
                        Some(row.id) == file.id && Some(row.lesson_id) == home
                    })
                });
                let of_id: Vec<_> = of_id.collect();
                let exercises = lesson.exercises.iter().zip(of_id);
                let exercises = exercises.map(|(file, known)| {
                    let known = known.or_else(|| {
                        take(&mut self.exercises, |row| {
                            Some(row.lesson_id) == home && row.key == file.key
                        })
                    });
                    (file, known)
                });
                lessons.push(MatchedLesson {
                    lesson,
                    known,
                    exercises: exercises.collect(),
                });
            }
            matched.push(Matched {
                section,
                known,
                lessons,
            });
        }
        matched
    }
}

fn take<T>(rows: &mut Vec<T>, fits: impl Fn(&T) -> bool) -> Option<T> {
    let index = rows.iter().position(fits)?;
    Some(rows.remove(index))
}
