//! A course in one piece of JSON: what its files say, in their words.

use std::collections::HashSet;

use contracts::course::CompletionRule;
use kernel::{FieldFault, LessonId, SectionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{CourseFile, ExerciseFile, LessonFile, SectionFile};
use super::{ParsedAssets, ParsedCourse, ParsedLesson, ParsedSection};
use crate::authoring::{ExerciseRecord, LessonRecord, SectionRecord};
use crate::domain::bounds::{MAX_EXERCISES_OF_COURSE, MAX_LESSONS};
use crate::domain::{Checked, CodeSample, free_key, schema, slug_faults};
use crate::markdown::{self, Texts};

/// A course with everything in it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "course": { "format": 1, "slug": "sql-basics", "title": "SQL Basics", "difficulty": "beginner" },
    "sections": [{ "title": "Reading", "lessons": [{
        "title": "SELECT", "minutes": 10, "completion": "exercises", "content": "# SELECT\n\nIt reads rows.",
        "exercises": [{
            "key": "keyword", "title": "The keyword", "prompt": "Which word reads rows?", "points": 5,
            "question": { "kind": "short_text", "accepted": ["SELECT"] },
        }],
    }] }],
}))]
pub(crate) struct CourseTree {
    /// The course, as in `course.yaml`.
    pub(crate) course: CourseFile,
    /// Its sections in order.
    #[schema(max_items = 100)]
    pub(crate) sections: Vec<SectionTree>,
}

/// A section with its lessons.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SectionTree {
    /// By which an import knows it again; made from the title when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 80,
        pattern = "^[a-z0-9]+(-[a-z0-9]+)*$"
    )]
    pub(crate) key: Option<String>,
    /// The id of the section that it continues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) id: Option<SectionId>,
    /// Its title.
    #[schema(min_length = 1, max_length = 200, format = "line")]
    pub(crate) title: String,
    /// What it is about.
    #[serde(default)]
    #[schema(max_length = 300)]
    pub(crate) summary: String,
    /// Its lessons in order.
    #[serde(default)]
    #[schema(max_items = 500)]
    pub(crate) lessons: Vec<LessonTree>,
}

/// A lesson with its exercises.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LessonTree {
    /// By which an import knows it again; made from the title when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        min_length = 1,
        max_length = 80,
        pattern = "^[a-z0-9]+(-[a-z0-9]+)*$"
    )]
    pub(crate) key: Option<String>,
    /// The id of the lesson that it continues.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub(crate) id: Option<LessonId>,
    /// Its title.
    #[schema(min_length = 1, max_length = 200, format = "line")]
    pub(crate) title: String,
    /// How long it takes, in minutes.
    #[schema(minimum = 1, maximum = 600)]
    pub(crate) minutes: i32,
    /// When it is complete.
    pub(crate) completion: CompletionRule,
    /// What learners can do after it.
    #[serde(default)]
    #[schema(schema_with = schema::sentences, required = false)]
    pub(crate) objectives: Vec<String>,
    /// What to remember of it.
    #[serde(default)]
    #[schema(schema_with = schema::sentences, required = false)]
    pub(crate) key_points: Vec<String>,
    /// Its programs.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub(crate) code_samples: Vec<CodeSample>,
    /// Its text, in Markdown.
    #[serde(default)]
    #[schema(max_length = 100000)]
    pub(crate) content: String,
    /// Its exercises in order.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub(crate) exercises: Vec<ExerciseFile>,
}

impl CourseTree {
    /// What of it is Markdown.
    pub(crate) fn markdown(&self) -> Texts {
        let mut texts = markdown::of_text("/course/description", Some(&self.course.description));
        for (at, lesson) in self.lessons() {
            texts.push((format!("{at}/content"), lesson.content.clone()));
            for (index, exercise) in lesson.exercises.iter().enumerate() {
                let of_exercise = exercise.markdown().into_iter();
                texts.extend(
                    of_exercise
                        .map(|(pointer, text)| (format!("{at}/exercises/{index}{pointer}"), text)),
                );
            }
        }
        texts
    }

    /// Each lesson with the pointer to it.
    fn lessons(&self) -> impl Iterator<Item = (String, &LessonTree)> {
        let sections = self.sections.iter().enumerate();
        sections.flat_map(|(section, part)| {
            let lessons = part.lessons.iter().enumerate();
            lessons
                .map(move |(lesson, part)| (format!("/sections/{section}/lessons/{lesson}"), part))
        })
    }

    /// # Errors
    /// Every rule that it breaks beyond its schema and its Markdown.
    pub(crate) fn parsed(self) -> Result<ParsedCourse, Vec<FieldFault>> {
        let mut faults = under("/course", self.course.body().clean_and_check());
        faults.extend(under("/course", slug_faults(&self.course.slug)));
        let (mut lessons, mut exercises) = (0, 0);
        for (at, lesson) in self.lessons() {
            lessons += 1;
            exercises += lesson.exercises.len();
            let body = lesson.file().body(&lesson.content).clean_and_check();
            faults.extend(under(&at, body));
            let mut keys = HashSet::new();
            for (index, exercise) in lesson.exercises.iter().enumerate() {
                let at = format!("{at}/exercises/{index}");
                faults.extend(under(&at, exercise.body().clean_and_check()));
                faults.extend(under(&at, exercise.unknown_objectives(&lesson.objectives)));
                if !keys.insert(&exercise.key) {
                    faults.push(doubled_key(&at));
                }
            }
        }
        for (at, section) in (0..).zip(&self.sections) {
            let at = format!("/sections/{at}");
            faults.extend(under(&at, section.file().body().clean_and_check()));
            faults.extend(doubled_keys(
                &format!("{at}/lessons"),
                section.lessons.iter().map(|l| &l.key),
            ));
        }
        faults.extend(doubled_keys(
            "/sections",
            self.sections.iter().map(|s| &s.key),
        ));
        for (number, most, what) in [
            (lessons, MAX_LESSONS, "lessons"),
            (exercises, MAX_EXERCISES_OF_COURSE, "exercises"),
        ] {
            if number > most {
                let message =
                    format!("a course can have at most {most} {what}; split it into several");
                faults.push(FieldFault::new("/sections", "too_many", message));
            }
        }
        match faults.is_empty() {
            true => Ok(self.keyed()),
            false => Err(faults),
        }
    }

    fn keyed(self) -> ParsedCourse {
        let titles = self
            .sections
            .iter()
            .map(|s| (s.key.clone(), s.title.as_str()));
        let keys = keys(titles, "section");
        let sections = self.sections.into_iter().zip(keys).map(|(section, key)| {
            let titles = section
                .lessons
                .iter()
                .map(|l| (l.key.clone(), l.title.as_str()));
            let keys = self::keys(titles, "lesson");
            let file = section.file();
            let lessons = section
                .lessons
                .into_iter()
                .zip(keys)
                .map(|(lesson, key)| ParsedLesson {
                    key,
                    file: lesson.file(),
                    content: lesson.content,
                    exercises: lesson.exercises,
                });
            ParsedSection {
                key,
                file,
                lessons: lessons.collect(),
            }
        });
        ParsedCourse {
            sections: sections.collect(),
            file: self.course,
            assets: ParsedAssets::Kept,
        }
    }

    /// The draft in one piece.
    pub(crate) fn of_draft(
        course: CourseFile,
        sections: Vec<SectionRecord>,
        lessons: &[LessonRecord],
        exercises: &[ExerciseRecord],
    ) -> Self {
        let sections = sections.into_iter().map(|section| {
            let own = lessons.iter().filter(|l| l.section_id == section.id);
            let lessons = own.map(|lesson| {
                let own = exercises.iter().filter(|e| e.lesson_id == lesson.id);
                let exercises = own.cloned().map(ExerciseFile::from).collect();
                let (key, content) = (lesson.key.clone(), lesson.body.content.clone());
                LessonTree::new(key, lesson.clone().into(), content, exercises)
            });
            SectionTree {
                lessons: lessons.collect(),
                key: Some(section.key),
                id: Some(section.id),
                title: section.body.title,
                summary: section.body.summary,
            }
        });
        Self {
            sections: sections.collect(),
            course,
        }
    }

    /// The same course as one of its own: nothing in it continues anything.
    pub(crate) fn without_ids(mut self) -> Self {
        self.course.id = None;
        for section in &mut self.sections {
            section.id = None;
            for lesson in &mut section.lessons {
                lesson.id = None;
                for exercise in &mut lesson.exercises {
                    exercise.id = None;
                }
            }
        }
        self
    }
}

impl SectionTree {
    fn file(&self) -> SectionFile {
        SectionFile {
            id: self.id,
            title: self.title.clone(),
            summary: self.summary.clone(),
        }
    }
}

impl LessonTree {
    pub(crate) fn new(
        key: String,
        file: LessonFile,
        content: String,
        exercises: Vec<ExerciseFile>,
    ) -> Self {
        Self {
            key: Some(key),
            id: file.id,
            title: file.title,
            minutes: file.minutes,
            completion: file.completion,
            objectives: file.objectives,
            key_points: file.key_points,
            code_samples: file.code_samples,
            content,
            exercises,
        }
    }

    fn file(&self) -> LessonFile {
        LessonFile {
            id: self.id,
            title: self.title.clone(),
            minutes: self.minutes,
            completion: self.completion,
            objectives: self.objectives.clone(),
            key_points: self.key_points.clone(),
            code_samples: self.code_samples.clone(),
        }
    }
}

pub(super) fn under(at: &str, faults: Vec<FieldFault>) -> Vec<FieldFault> {
    let faults = faults.into_iter();
    faults
        .map(|fault| FieldFault {
            pointer: format!("{at}{}", fault.pointer),
            ..fault
        })
        .collect()
}

fn doubled_keys<'k>(at: &str, keys: impl Iterator<Item = &'k Option<String>>) -> Vec<FieldFault> {
    let mut seen = HashSet::new();
    keys.enumerate()
        .filter(|(_, key)| key.as_ref().is_some_and(|key| !seen.insert(key)))
        .map(|(index, _)| doubled_key(&format!("{at}/{index}")))
        .collect()
}

fn doubled_key(at: &str) -> FieldFault {
    let message = "is used twice; choose another one, or leave it out where it may be absent";
    FieldFault::new(format!("{at}/key"), "duplicate", message)
}

/// A key for each of the parts, those that have one first.
pub(crate) fn keys<'t>(
    parts: impl Iterator<Item = (Option<String>, &'t str)>,
    fallback: &str,
) -> Vec<String> {
    let parts: Vec<_> = parts.collect();
    let mut taken: HashSet<String> = parts.iter().filter_map(|(key, _)| key.clone()).collect();
    let keys = parts.into_iter().map(|(key, title)| match key {
        Some(key) => key,
        None => {
            let known = taken.iter().map(String::as_str).collect();
            let key = free_key(title, fallback, &known);
            taken.insert(key.clone());
            key
        }
    });
    keys.collect()
}
