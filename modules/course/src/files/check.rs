//! Reading the files of a course and finding every fault in them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use kernel::FieldFault;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;
use uuid::Uuid;

use super::yaml::{self, Located};
use super::{
    CourseFile, CourseFiles, ExerciseFile, ImportFault, LessonFile, MAX_BYTES, SectionFile,
    folder_key,
};
use crate::service::structure::{Checked, MAX_EXERCISES, MAX_LESSONS, MAX_SECTIONS};

/// A course as its files say it, free of faults.
#[derive(Debug)]
pub(crate) struct ParsedCourse {
    pub(crate) file: CourseFile,
    pub(crate) sections: Vec<ParsedSection>,
}

/// A section as its folder says it.
#[derive(Debug)]
pub(crate) struct ParsedSection {
    pub(crate) key: String,
    pub(crate) file: SectionFile,
    pub(crate) lessons: Vec<ParsedLesson>,
}

/// A lesson as its folder says it.
#[derive(Debug)]
pub(crate) struct ParsedLesson {
    pub(crate) key: String,
    pub(crate) file: LessonFile,
    pub(crate) content: String,
    pub(crate) exercises: Vec<ExerciseFile>,
}

/// Reads all files.
///
/// # Errors
/// Every fault of every file, in the order of files and lines.
pub(crate) fn parse(files: &CourseFiles) -> Result<ParsedCourse, Vec<ImportFault>> {
    let mut reader = Reader {
        files: &files.files,
        faults: files.strange.clone(),
        ids: HashMap::new(),
    };
    let course = reader.course();
    match course {
        Some(course) if reader.faults.is_empty() => Ok(course),
        _ => {
            reader.faults.sort();
            reader.faults.dedup();
            Err(reader.faults)
        }
    }
}

struct Reader<'f> {
    files: &'f BTreeMap<String, Vec<u8>>,
    faults: Vec<ImportFault>,
    /// Where each id was seen first.
    ids: HashMap<Uuid, String>,
}

impl Reader<'_> {
    fn fault(&mut self, file: &str, line: u64, message: impl Into<String>) {
        self.faults.push(ImportFault {
            file: file.to_owned(),
            line,
            message: message.into(),
        });
    }

    fn course(&mut self) -> Option<ParsedCourse> {
        self.unknown_files();
        let file = "course.yaml";
        let course = self.yaml(file, "the course needs this file with its title and slug");
        let course = course.and_then(|located| {
            let course: Option<CourseFile> = self.typed(file, &located, 0);
            if let Some(course) = &course {
                let faults = course.body().clean_and_check();
                self.rules(file, &located, "", 0, faults);
                self.id(file, &located, course.id.map(Uuid::from), "/id", 0);
            }
            course
        });
        let mut sections = Vec::new();
        let folders = self.folders("");
        self.limit("course.yaml", folders.len(), MAX_SECTIONS, "sections");
        for (folder, key) in folders {
            sections.extend(self.section(&folder, key));
        }
        let lessons = sections.iter().map(|section| section.lessons.len()).sum();
        self.limit("course.yaml", lessons, MAX_LESSONS, "lessons");
        Some(ParsedCourse {
            file: course?,
            sections,
        })
    }

    fn limit(&mut self, file: &str, count: usize, limit: usize, what: &str) {
        if count > limit {
            self.fault(file, 1, format!("a course can have at most {limit} {what}"));
        }
    }

    fn section(&mut self, folder: &str, key: Option<String>) -> Option<ParsedSection> {
        let file = format!("{folder}/section.yaml");
        let located = self.yaml(&file, "a section needs this file with its title");
        let section = located.and_then(|located| {
            let section: Option<SectionFile> = self.typed(&file, &located, 0);
            if let Some(section) = &section {
                let faults = section.body().clean_and_check();
                self.rules(&file, &located, "", 0, faults);
                self.id(&file, &located, section.id.map(Uuid::from), "/id", 0);
            }
            section
        });
        let mut lessons = Vec::new();
        for (folder, key) in self.folders(&format!("{folder}/")) {
            lessons.extend(self.lesson(&folder, key));
        }
        Some(ParsedSection {
            key: key?,
            file: section?,
            lessons,
        })
    }

    fn lesson(&mut self, folder: &str, key: Option<String>) -> Option<ParsedLesson> {
        let exercises = self.exercises(folder);
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
        if content.chars().count() > 100_000 {
            self.fault(&file, 1, "the text must have at most 100000 characters");
        }
        if let Some((line, _)) = (1..).zip(text.lines()).find(|(_, line)| has_control(line)) {
            self.fault(&file, line, "must not contain control characters");
        }
        // The head begins on the second line.
        let located = self.located(&file, head, 1)?;
        let lesson: LessonFile = self.typed(&file, &located, 1)?;
        let faults = lesson.body(content).clean_and_check();
        self.rules(&file, &located, "", 1, faults);
        self.id(&file, &located, lesson.id.map(Uuid::from), "/id", 1);
        Some(ParsedLesson {
            key: key?,
            file: lesson,
            content: content.to_owned(),
            exercises,
        })
    }

    fn exercises(&mut self, folder: &str) -> Vec<ExerciseFile> {
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
            let at = format!("/{index}");
            let Some(exercise) = self.part::<ExerciseFile>(&file, &located, item, &at, 0) else {
                continue;
            };
            let faults = exercise.body().clean_and_check();
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

    /// The folders right under `prefix` in order, with the keys that their names stand for.
    fn folders(&mut self, prefix: &str) -> Vec<(String, Option<String>)> {
        let names: BTreeSet<&str> = self
            .files
            .keys()
            .filter_map(|path| path.strip_prefix(prefix)?.split_once('/'))
            .map(|(name, _)| name)
            .collect();
        let mut keys = BTreeSet::new();
        let mut folders = Vec::new();
        for name in names {
            let folder = format!("{prefix}{name}");
            let key = folder_key(name);
            if key.is_none() {
                self.fault(
                    &folder,
                    1,
                    "a folder is named like 01-first-steps: lower-case letters, digits and hyphens",
                );
            } else if !keys.insert(key) {
                self.fault(
                    &folder,
                    1,
                    "another folder here has the same name after its number",
                );
            }
            folders.push((folder, key.map(str::to_owned)));
        }
        folders
    }

    fn unknown_files(&mut self) {
        for path in self.files.keys() {
            let parts: Vec<&str> = path.split('/').collect();
            let known = matches!(
                parts.as_slice(),
                ["course.yaml" | "README.md"]
                    | [_, "section.yaml"]
                    | [_, _, "lesson.md" | "exercises.yaml"]
            );
            let tricky = parts.iter().any(|part| matches!(*part, "" | "." | ".."));
            if !known || tricky {
                self.fault(
                    path,
                    1,
                    "is no file of a course: there are course.yaml, <section>/section.yaml, <section>/<lesson>/lesson.md and exercises.yaml",
                );
            }
        }
    }

    fn text(&mut self, file: &str, missing: &str) -> Option<String> {
        let Some(bytes) = self.files.get(file) else {
            self.fault(file, 1, format!("is missing: {missing}"));
            return None;
        };
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_BYTES {
            self.fault(file, 1, "is larger than 1 MiB");
            return None;
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Some(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned()),
            Err(error) => {
                let before = &bytes[..error.valid_up_to()];
                let line = before.split(|byte| *byte == b'\n').count();
                let line = u64::try_from(line).unwrap_or(1);
                self.fault(file, line, "is not UTF-8 here; save the file as UTF-8");
                None
            }
        }
    }

    fn yaml(&mut self, file: &str, missing: &str) -> Option<Located> {
        let text = self.text(file, missing)?;
        self.located(file, &text, 0)
    }

    fn located(&mut self, file: &str, text: &str, offset: u64) -> Option<Located> {
        match yaml::read(text) {
            Ok(located) => {
                for (line, message) in &located.faults {
                    self.fault(file, line + offset, message.as_str());
                }
                Some(located)
            }
            Err((line, message)) => {
                self.fault(file, line + offset, message);
                None
            }
        }
    }

    fn typed<T: DeserializeOwned + ToSchema + 'static>(
        &mut self,
        file: &str,
        located: &Located,
        offset: u64,
    ) -> Option<T> {
        self.part(file, located, &located.value, "", offset)
    }

    fn part<T: DeserializeOwned + ToSchema + 'static>(
        &mut self,
        file: &str,
        located: &Located,
        value: &serde_json::Value,
        at: &str,
        offset: u64,
    ) -> Option<T> {
        let faults = rest::schema_faults::<T>(value);
        let clean = faults.is_empty();
        self.rules(file, located, at, offset, faults);
        if !clean {
            return None;
        }
        match serde_json::from_value(value.clone()) {
            Ok(typed) => Some(typed),
            Err(error) => {
                self.fault(file, located.line(at) + offset, error.to_string());
                None
            }
        }
    }

    fn rules(
        &mut self,
        file: &str,
        located: &Located,
        at: &str,
        offset: u64,
        faults: Vec<FieldFault>,
    ) {
        for fault in faults {
            let pointer = format!("{at}{}", fault.pointer);
            let line = located.line(&pointer) + offset;
            let name = match fault.pointer.trim_start_matches('/') {
                "" => "the file".to_owned(),
                name => name.replace('/', "."),
            };
            let message = fault.message.replace("of this request", "of this file");
            self.fault(file, line, format!("{name} {message}"));
        }
    }

    fn id(&mut self, file: &str, located: &Located, id: Option<Uuid>, at: &str, offset: u64) {
        let Some(id) = id else {
            return;
        };
        if let Some(first) = self.ids.insert(id, file.to_owned()) {
            let line = located.line(at) + offset;
            self.fault(
                file,
                line,
                format!("the id {id} is used in {first} already"),
            );
        }
    }
}

/// The YAML between the two lines `---`, and the text after them.
fn split_head(text: &str) -> Option<(&str, &str)> {
    let rest = text
        .strip_prefix("---\n")
        .or_else(|| text.strip_prefix("---\r\n"))?;
    let mut start = 0;
    for line in rest.split_inclusive('\n') {
        let end = start + line.len();
        if line.trim_end() == "---" {
            let content = &rest[end..];
            let content = content
                .strip_prefix('\n')
                .or_else(|| content.strip_prefix("\r\n"))
                .unwrap_or(content);
            return Some((&rest[..start], content));
        }
        start = end;
    }
    None
}

fn has_control(line: &str) -> bool {
    line.chars()
        .any(|letter| letter.is_ascii_control() && letter != '\t' && letter != '\r')
}

#[cfg(test)]
mod tests;
