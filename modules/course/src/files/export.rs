//! Writing the draft of a course as files that an import reads back unchanged.

use std::path::Path;

use contracts::course_ref::CourseRef;
use database::Database;
use kernel::{Failure, Kind};
use sea_orm::ConnectionTrait;

use super::folder::{ASSETS, write};
use super::shape::to_yaml;
use super::{CourseFile, CourseFiles, ExerciseFile, ImportError, LessonFile, SectionFile};
use crate::assets::{AssetStore, drafts};
use crate::authoring::{CourseRecord, courses, exercises, heads, lessons, sections};
use crate::error::Error;

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

/// Calls no other module, so it needs only the database.
pub(crate) async fn export(database: &Database, course: &CourseRef) -> Result<CourseFiles, Error> {
    let db = database.read();
    let course = courses::find(db, course).await?;
    let course = course.ok_or(Error::NotFound("course"))?;
    let file = course_file(db, course.clone()).await?;
    let sections = sections::list(db, course.id).await?;
    let lessons = lessons::list(db, course.id).await?;
    let exercises = exercises::list(db, course.id).await?;
    let mut files = CourseFiles::default();
    put(&mut files, "course.yaml".to_owned(), &file)?;
    for (place, section) in (1..).zip(sections) {
        let folder = format!("{place:02}-{}", section.key);
        let own = lessons.iter().filter(|l| l.section_id == section.id);
        for (place, lesson) in (1..).zip(own) {
            let folder = format!("{folder}/{place:02}-{}", lesson.key);
            let own = exercises.iter().filter(|e| e.lesson_id == lesson.id);
            let own: Vec<_> = own.cloned().map(ExerciseFile::from).collect();
            if !own.is_empty() {
                put(&mut files, format!("{folder}/exercises.yaml"), &own)?;
            }
            let head = yaml(&LessonFile::from(lesson.clone()))?;
            let text = format!("---\n{head}---\n\n{}", lesson.body.content);
            files
                .files
                .insert(format!("{folder}/lesson.md"), text.into_bytes());
        }
        let file = SectionFile::from(section);
        put(&mut files, format!("{folder}/section.yaml"), &file)?;
    }
    Ok(files)
}

/// `course.yaml` of a draft.
pub(crate) async fn course_file(
    db: &impl ConnectionTrait,
    course: CourseRecord,
) -> Result<CourseFile, Error> {
    let heads = heads::list(db, &course.body.prerequisites).await?;
    let required = course.body.prerequisites.iter();
    let slugs = required.filter_map(|id| {
        let head = heads.iter().find(|head| head.id == *id)?;
        Some(head.slug.clone())
    });
    let slugs = slugs.collect();
    Ok(CourseFile::new(course, slugs))
}

/// Writes the assets of a draft beside its other files.
pub(crate) async fn write_assets(
    database: &Database,
    store: &AssetStore,
    course: &CourseRef,
    folder: &Path,
) -> Result<(), ImportError> {
    let db = database.read();
    let found = courses::find(db, course).await?;
    let course = found.ok_or(Error::NotFound("course"))?;
    for asset in drafts::list(db, course.id).await? {
        let bytes = store.read(&asset.sha256).await.map_err(Error::from)?;
        write(&folder.join(ASSETS).join(&asset.name), &bytes)?;
    }
    Ok(())
}

fn yaml<T: serde::Serialize>(value: &T) -> Result<String, Error> {
    let mut text = to_yaml(value).map_err(|error| Failure::of(&Unwritable(error)))?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

fn put<T: serde::Serialize>(files: &mut CourseFiles, path: String, value: &T) -> Result<(), Error> {
    files.files.insert(path, yaml(value)?.into_bytes());
    Ok(())
}
