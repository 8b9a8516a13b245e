//! Writing the draft of a course as files that an import reads back unchanged.

use database::Database;
use kernel::{Failure, Kind};

use super::Service;
use super::import::ImportError;
use crate::Error;
use crate::files::{CourseFile, CourseFiles, ExerciseFile, LessonFile, SectionFile, to_yaml};
use crate::reference::CourseRef;
use crate::store;
use crate::store::courses::CourseRecord;
use crate::store::exercises::ExerciseRecord;
use crate::store::lessons::LessonRecord;
use crate::store::sections::SectionRecord;

/// A value that YAML cannot hold.
#[derive(Debug, thiserror::Error)]
#[error("the course cannot be written as YAML: {0}")]
struct Unwritable(String);

impl kernel::Fault for Unwritable {
    fn kind(&self) -> Kind {
        Kind::Internal
    }

    fn code(&self) -> &str {
        "course.unwritable"
    }
}

impl Service {
    /// Asks no other module, so it needs the database alone.
    pub(crate) async fn export(
        database: &Database,
        course: &CourseRef,
    ) -> Result<CourseFiles, ImportError> {
        let (course, sections, lessons, exercises) = Self::whole(database, course).await?;
        let mut files = CourseFiles::default();
        put(&mut files, "course.yaml".to_owned(), &course_file(&course))?;
        for (place, section) in (1..).zip(&sections) {
            let folder = format!("{place:02}-{}", section.key);
            let file = SectionFile {
                id: Some(section.id),
                title: section.body.title.clone(),
                summary: section.body.summary.clone(),
            };
            put(&mut files, format!("{folder}/section.yaml"), &file)?;
            let own = lessons.iter().filter(|l| l.section_id == section.id);
            for (place, lesson) in (1..).zip(own) {
                let folder = format!("{folder}/{place:02}-{}", lesson.key);
                let own = exercises.iter().filter(|e| e.lesson_id == lesson.id);
                let own: Vec<_> = own.map(exercise_file).collect();
                if !own.is_empty() {
                    put(&mut files, format!("{folder}/exercises.yaml"), &own)?;
                }
                let head = yaml(&lesson_file(lesson))?;
                let text = format!("---\n{head}---\n\n{}", lesson.body.content);
                files
                    .files
                    .insert(format!("{folder}/lesson.md"), text.into_bytes());
            }
        }
        Ok(files)
    }

    async fn whole(
        database: &Database,
        course: &CourseRef,
    ) -> Result<
        (
            CourseRecord,
            Vec<SectionRecord>,
            Vec<LessonRecord>,
            Vec<ExerciseRecord>,
        ),
        Error,
    > {
        let db = database.read();
        let course = store::courses::find(db, course).await?;
        let course = course.ok_or(Error::NotFound("course"))?;
        let sections = store::sections::list_of(db, course.id).await?;
        let lessons = store::lessons::list_of(db, course.id).await?;
        let exercises = store::exercises::list_of(db, course.id).await?;
        Ok((course, sections, lessons, exercises))
    }
}

fn yaml<T: serde::Serialize>(value: &T) -> Result<String, ImportError> {
    let mut text = to_yaml(value).map_err(|error| Failure::of(&Unwritable(error)))?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

fn put<T: serde::Serialize>(
    files: &mut CourseFiles,
    path: String,
    value: &T,
) -> Result<(), ImportError> {
    files.files.insert(path, yaml(value)?.into_bytes());
    Ok(())
}

fn course_file(course: &CourseRecord) -> CourseFile {
    let body = course.body.clone();
    CourseFile {
        format: 1,
        id: Some(course.id),
        slug: course.slug.clone(),
        title: body.title,
        summary: body.summary,
        description: body.description,
        difficulty: body.difficulty,
        category: body.category,
        tags: body.tags,
        visibility: body.visibility,
    }
}

fn lesson_file(lesson: &LessonRecord) -> LessonFile {
    let body = lesson.body.clone();
    LessonFile {
        id: Some(lesson.id),
        title: body.title,
        minutes: body.minutes,
        completion: body.completion,
        objectives: body.objectives,
        key_points: body.key_points,
        code_samples: body.code_samples,
    }
}

fn exercise_file(exercise: &ExerciseRecord) -> ExerciseFile {
    let body = exercise.body.clone();
    ExerciseFile {
        key: exercise.key.clone(),
        id: Some(exercise.id),
        title: body.title,
        prompt: body.prompt,
        points: body.points,
        hints: body.hints,
        explanation: body.explanation,
        pass_percent: body.pass_percent,
        attempts: body.attempts,
        question: body.question,
    }
}
