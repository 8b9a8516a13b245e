//! The files of a lesson and its exercises.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::reader::Reader;
use crate::domain::bounds::{MAX_CONTENT, MAX_EXERCISES};
use crate::files::head::{has_control, split_head};
use crate::files::{ExerciseFile, LessonFile, LessonHead, ParsedLesson};
use crate::markdown;

impl Reader<'_> {
    pub(super) fn lesson(&mut self, folder: &str, key: Option<String>) -> Option<ParsedLesson> {
        let lesson = self.head(folder);
        let objectives = lesson.as_ref().map(|(file, _)| file.objectives.as_slice());
        let exercises = self.exercises(folder, objectives);
        let (file, content) = lesson?;
        Some(ParsedLesson {
            key: key?,
            file,
            content,
            exercises,
        })
    }

    /// A lesson without its exercises, and its text.
    fn head(&mut self, folder: &str) -> Option<(LessonFile, String)> {
        let file = format!("{folder}/lesson.md");
        let text = self.text(&file, "a lesson needs this file with its head and its text")?;
        let Some((head, content)) = split_head(&text) else {
            self.fault(
                &file,
                1,
                "must begin with --- and YAML, ended by another line ---",
            );
            return None;
        };
        if content.chars().count() > MAX_CONTENT {
            let message = format!("the text must have at most {MAX_CONTENT} characters");
            self.fault(&file, 1, message);
        } else if self.affords(content.len()) {
            let above = text[..text.len() - content.len()].lines().count();
            let line = |of_text: usize| u64::try_from(above + of_text).unwrap_or(1);
            match markdown::fault(content) {
                Some(fault) => {
                    let message = format!("the text {}", fault.message);
                    self.fault(&file, line(fault.line), message);
                }
                None => self.lesson_references(&file, line(1), content),
            }
        }
        if let Some((line, _)) = (1..).zip(text.lines()).find(|(_, line)| has_control(line)) {
            self.fault(&file, line, "must not contain control characters");
        }
        // The head begins on the second line.
        let located = self.located(&file, head, 1)?;
        let head: LessonHead = self.typed(&file, &located, 1)?;
        let lesson = LessonFile {
            code_samples: self.samples(folder, &located, head.code_samples),
            id: head.id,
            title: head.title,
            minutes: head.minutes,
            completion: head.completion,
            objectives: head.objectives,
            key_points: head.key_points,
        };
        let faults = self.checked(&file, lesson.body(content));
        self.rules(&file, &located, "", 1, faults);
        self.id(&file, &located, lesson.id.map(Uuid::from), "/id", 1);
        Some((lesson, content.to_owned()))
    }

    /// The exercises of a lesson; `None` for its objectives where they cannot be read.
    fn exercises(&mut self, folder: &str, objectives: Option<&[String]>) -> Vec<ExerciseFile> {
        let exercises = self.listed(folder, objectives);
        let objectives = objectives.unwrap_or_default();
        for (number, objective) in (1..).zip(objectives) {
            if !exercises.iter().any(|one| one.objectives.contains(&number)) {
                let message = format!(
                    "objective {number} is tested by no exercise: “{objective}”; name it in the objectives of one, by its number"
                );
                self.warn(&format!("{folder}/lesson.md"), 1, message);
            }
        }
        exercises
    }

    fn listed(&mut self, folder: &str, objectives: Option<&[String]>) -> Vec<ExerciseFile> {
        let file = format!("{folder}/exercises.yaml");
        if !self.files.contains_key(&file) {
            return Vec::new();
        }
        let Some(located) = self.yaml(&file, "") else {
            return Vec::new();
        };
        let Some(items) = located.value.as_array() else {
            self.fault(
                &file,
                1,
                "must be a list of exercises, each beginning with -",
            );
            return Vec::new();
        };
        self.limit(&file, items.len(), MAX_EXERCISES, "exercises in a lesson");
        let (mut exercises, mut keys) = (Vec::new(), BTreeSet::new());
        for (index, item) in items.iter().enumerate() {
            if self.has_enough(&file) {
                break;
            }
            let at = format!("/{index}");
            let Some(exercise) = self.part::<ExerciseFile>(&file, &located, item, &at, 0) else {
                continue;
            };
            let mut faults = self.checked(&file, exercise.body());
            let texts = exercise.markdown();
            if self.affords(texts.iter().map(|(_, text)| text.len()).sum()) {
                faults.extend(markdown::faults(&texts));
                for (pointer, text) in &texts {
                    let line = located.line(&format!("{at}{pointer}"));
                    self.asset_references(&file, line, text);
                }
            }
            if let Some(objectives) = objectives {
                faults.extend(exercise.unknown_objectives(objectives));
            }
            self.rules(&file, &located, &at, 0, faults);
            let id = exercise.id.map(Uuid::from);
            self.id(&file, &located, id, &format!("{at}/id"), 0);
            if !keys.insert(exercise.key.clone()) {
                let line = located.line(&format!("{at}/key"));
                let key = &exercise.key;
                self.fault(
                    &file,
                    line,
                    format!("the key {key} is used twice in this file"),
                );
            }
            exercises.push(exercise);
        }
        exercises
    }
}
