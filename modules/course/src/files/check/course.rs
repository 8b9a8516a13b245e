//! The files of a course as a whole and of its sections.

use uuid::Uuid;

use super::reader::Reader;
use crate::domain::bounds::{MAX_EXERCISES_OF_COURSE, MAX_LESSONS, MAX_SECTIONS};
use crate::domain::slug_faults;
use crate::files::{CourseFile, ParsedCourse, ParsedSection, SectionFile};
use crate::markdown;

impl Reader<'_> {
    pub(super) fn course(&mut self) -> Option<ParsedCourse> {
        self.unknown_files();
        let file = "course.yaml";
        let course = self.yaml(file, "the course needs this file with its title and slug");
        let course = course.and_then(|located| {
            let course: Option<CourseFile> = self.typed(file, &located, 0);
            if let Some(course) = &course {
                let mut faults = self.checked(file, course.body());
                faults.extend(slug_faults(&course.slug));
                faults.extend(markdown::faults(&markdown::of_text(
                    "/description",
                    Some(&course.description),
                )));
                self.rules(file, &located, "", 0, faults);
                let line = located.line("/description");
                self.asset_references(file, line, &course.description);
                if let Some(cover) = course.cover.as_ref().filter(|cover| !self.has_asset(cover)) {
                    let message = format!(
                        "the cover {cover} is not in the folder assets; put it there, unless the course has it already"
                    );
                    self.warn(file, located.line("/cover"), message);
                }
                self.id(file, &located, course.id.map(Uuid::from), "/id", 0);
            }
            course
        });
        let mut sections = Vec::new();
        let folders = self.folders("");
        self.limit("course.yaml", folders.len(), MAX_SECTIONS, "sections");
        // The others are too many anyway.
        for (folder, key) in folders.into_iter().take(MAX_SECTIONS + 1) {
            sections.extend(self.section(&folder, key));
        }
        let lessons = sections.iter().map(|section| section.lessons.len()).sum();
        self.limit("course.yaml", lessons, MAX_LESSONS, "lessons");
        let all = sections.iter().flat_map(|section| &section.lessons);
        let exercises = all.map(|lesson| lesson.exercises.len()).sum();
        self.limit(
            "course.yaml",
            exercises,
            MAX_EXERCISES_OF_COURSE,
            "exercises",
        );
        self.faults.extend(self.sizes.fault());
        let assets = self.assets();
        Some(ParsedCourse {
            file: course?,
            sections,
            assets,
        })
    }

    pub(super) fn section(&mut self, folder: &str, key: Option<String>) -> Option<ParsedSection> {
        let file = format!("{folder}/section.yaml");
        let located = self.yaml(&file, "a section needs this file with its title");
        let section = located.and_then(|located| {
            let section: Option<SectionFile> = self.typed(&file, &located, 0);
            if let Some(section) = &section {
                let faults = self.checked(&file, section.body());
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

    fn unknown_files(&mut self) {
        for path in self.files.keys() {
            let parts: Vec<&str> = path.split('/').collect();
            let known = matches!(
                parts.as_slice(),
                ["course.yaml" | "README.md"]
                    | [_, "section.yaml"]
                    | [_, _, "lesson.md" | "exercises.yaml"]
                    | [_, _, "code", _]
            );
            let tricky = parts.iter().any(|part| matches!(*part, "" | "." | ".."));
            if !known || tricky {
                self.fault(
                    path,
                    1,
                    "is no file of a course: there are course.yaml, assets/<name>, <section>/section.yaml, <section>/<lesson>/lesson.md, exercises.yaml, and code/<name>",
                );
            }
        }
    }
}
