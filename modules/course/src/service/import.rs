//! Reading the files of a course into its draft; reading the same files again changes nothing.

mod matching;

use contracts::course::{ExerciseCreated, LessonCreated};
use kernel::{CourseId, Failure, Operation, UserId};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use matching::{Before, Matched, MatchedLesson};

use super::structure::Checked;
use super::{MODULE, Service};
use crate::Error;
use crate::files::{CourseFiles, ExerciseFile, ImportFault, ParsedCourse, parse};
use crate::reference::CourseRef;
use crate::store;
use crate::store::courses::CourseRecord;
use crate::store::exercises::ExerciseRecord;
use crate::store::lessons::LessonRecord;
use crate::store::sections::SectionRecord;

/// What an import has done, or would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportReport {
    /// The course.
    pub course_id: CourseId,
    /// Its word in addresses.
    pub slug: String,
    /// Whether the course is new.
    pub created: bool,
    /// How many sections, lessons and exercises are new.
    pub added: usize,
    /// How many of them say something else than before; the course itself counts as one.
    pub changed: usize,
    /// How many of them are gone.
    pub removed: usize,
    /// The version that was published, if one was.
    pub published: Option<i64>,
}

impl ImportReport {
    /// Whether the files said nothing new.
    pub fn unchanged(&self) -> bool {
        !self.created && self.published.is_none() && self.added + self.changed + self.removed == 0
    }
}

/// Why a course could not be read from files or written to them.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The files have faults; nothing was changed.
    #[error("the files have {} faults; mend them and try again", .0.len())]
    Files(Vec<ImportFault>),
    /// The change was refused or the storage failed; nothing was changed.
    #[error(transparent)]
    Refused(#[from] Failure),
    /// The files could not be read or written.
    #[error("the files cannot be read or written: {0}")]
    Disk(#[from] std::io::Error),
}

impl From<Error> for ImportError {
    fn from(error: Error) -> Self {
        Self::Refused(Failure::of(&error))
    }
}

impl Service {
    pub(crate) async fn import(
        &self,
        files: &CourseFiles,
        owner: UserId,
        operation: &Operation,
        publish: bool,
        dry_run: bool,
    ) -> Result<ImportReport, ImportError> {
        let parsed = parse(files).map_err(ImportError::Files)?;
        let txn = self.database.begin().await.map_err(Error::from)?;
        let report = self
            .import_in(&*txn, &parsed, owner, operation, publish)
            .await?;
        if !dry_run {
            txn.commit().await.map_err(Error::from)?;
        }
        Ok(report)
    }

    async fn import_in(
        &self,
        txn: &impl ConnectionTrait,
        parsed: &ParsedCourse,
        owner: UserId,
        operation: &Operation,
        publish: bool,
    ) -> Result<ImportReport, Error> {
        let (mut course, mut report) = self.take_course(txn, parsed, owner, operation).await?;
        let mut before = Before {
            sections: store::sections::list_of(txn, course.id).await?,
            lessons: store::lessons::list_of(txn, course.id).await?,
            exercises: store::exercises::list_of(txn, course.id).await?,
        };
        let matched = before.match_with(parsed);
        self.remove_rest(txn, operation, course.id, before, &mut report)
            .await?;
        let mut sections_changed = false;
        for (position, part) in (1..).zip(matched) {
            let (section, new) = self
                .take_section(txn, &course, position, &part, &mut report)
                .await?;
            sections_changed |= new;
            for (position, part) in (1..).zip(part.lessons) {
                let lesson = self
                    .take_lesson(txn, operation, &section, position, &part, &mut report)
                    .await?;
                for (position, (file, known)) in (1..).zip(part.exercises) {
                    self.take_exercise(txn, operation, &lesson, position, file, known, &mut report)
                        .await?;
                }
            }
        }
        if sections_changed && !report.created {
            self.tell_update(txn, operation, &course).await?;
        }
        if publish {
            let notes = String::new();
            let done = self.publish_draft(txn, operation, &mut course, notes, owner);
            match done.await {
                Ok(()) => report.published = Some(course.published_version),
                Err(Error::Unchanged(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(report)
    }

    async fn take_course(
        &self,
        txn: &impl ConnectionTrait,
        parsed: &ParsedCourse,
        owner: UserId,
        operation: &Operation,
    ) -> Result<(CourseRecord, ImportReport), Error> {
        let file = &parsed.file;
        let body = file.body().checked()?;
        let slug = CourseRef::Slug(file.slug.clone());
        let mut known = store::courses::find_for_change(txn, &slug).await?;
        if let (None, Some(id)) = (&known, file.id) {
            known = store::courses::find_for_change(txn, &id.into()).await?;
        }
        let created = known.is_none();
        let mut changed = 0;
        let course = match known {
            None => {
                let slug = file.slug.clone();
                self.insert_course(txn, operation, file.id, slug, body, owner)
                    .await?
            }
            Some(mut course) => {
                if course.body != body || course.slug != file.slug {
                    course.body = body;
                    course.slug = file.slug.clone();
                    store::catalogue::rename(txn, course.id, &course.slug).await?;
                    self.save_course(txn, operation, &mut course).await?;
                    changed = 1;
                }
                course
            }
        };
        let report = ImportReport {
            course_id: course.id,
            slug: course.slug.clone(),
            created,
            added: 0,
            changed,
            removed: 0,
            published: None,
        };
        Ok((course, report))
    }

    /// Deletes what the files no longer have.
    async fn remove_rest(
        &self,
        txn: &impl ConnectionTrait,
        operation: &Operation,
        course: CourseId,
        rest: Before,
        report: &mut ImportReport,
    ) -> Result<(), Error> {
        report.removed = rest.sections.len() + rest.lessons.len() + rest.exercises.len();
        for exercise in &rest.exercises {
            self.delete_exercise(txn, operation, exercise).await?;
        }
        for lesson in &rest.lessons {
            self.delete_lesson(txn, operation, course, lesson.id)
                .await?;
        }
        for section in &rest.sections {
            store::sections::delete(txn, section.id).await?;
        }
        Ok(())
    }

    async fn take_section(
        &self,
        txn: &impl ConnectionTrait,
        course: &CourseRecord,
        position: i32,
        part: &Matched<'_>,
        report: &mut ImportReport,
    ) -> Result<(SectionRecord, bool), Error> {
        let body = part.section.file.body().checked()?;
        let mut section = SectionRecord {
            id: part.section.file.id.unwrap_or_else(|| self.ambient.id()),
            course_id: course.id,
            position,
            key: part.section.key.clone(),
            body,
            version: 1,
        };
        let Some(known) = &part.known else {
            let id = section.id.uuid();
            taken(store::sections::insert(txn, &section).await, id)?;
            report.added += 1;
            return Ok((section, true));
        };
        (section.id, section.version) = (known.id, known.version);
        if section == *known {
            return Ok((section, false));
        }
        section.version += 1;
        store::sections::save(txn, &section).await?;
        report.changed += 1;
        Ok((section, true))
    }

    async fn take_lesson(
        &self,
        txn: &impl ConnectionTrait,
        operation: &Operation,
        section: &SectionRecord,
        position: i32,
        part: &MatchedLesson<'_>,
        report: &mut ImportReport,
    ) -> Result<LessonRecord, Error> {
        let file = &part.lesson.file;
        let mut lesson = LessonRecord {
            id: file.id.unwrap_or_else(|| self.ambient.id()),
            course_id: section.course_id,
            section_id: section.id,
            position,
            key: part.lesson.key.clone(),
            body: file.body(&part.lesson.content).checked()?,
            version: 1,
        };
        if let Some(known) = &part.known {
            (lesson.id, lesson.version) = (known.id, known.version);
            if lesson != *known {
                self.save_lesson(txn, operation, &mut lesson).await?;
                report.changed += 1;
            }
            return Ok(lesson);
        }
        let id = lesson.id.uuid();
        taken(store::lessons::insert(txn, &lesson).await, id)?;
        let event = LessonCreated {
            lesson_id: lesson.id,
            course_id: lesson.course_id,
            title: lesson.body.title.clone(),
        };
        bus::append(txn, &self.ambient, operation, MODULE, &event).await?;
        report.added += 1;
        Ok(lesson)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "each of them is a thing of its own; a struct would only rename them"
    )]
    async fn take_exercise(
        &self,
        txn: &impl ConnectionTrait,
        operation: &Operation,
        lesson: &LessonRecord,
        position: i32,
        file: &ExerciseFile,
        known: Option<ExerciseRecord>,
        report: &mut ImportReport,
    ) -> Result<(), Error> {
        let mut exercise = ExerciseRecord {
            id: file.id.unwrap_or_else(|| self.ambient.id()),
            course_id: lesson.course_id,
            lesson_id: lesson.id,
            position,
            key: file.key.clone(),
            body: file.body().checked()?,
            version: 1,
        };
        if let Some(known) = known {
            (exercise.id, exercise.version) = (known.id, known.version);
            if exercise != known {
                self.save_exercise(txn, operation, &mut exercise).await?;
                report.changed += 1;
            }
            return Ok(());
        }
        let id = exercise.id.uuid();
        taken(store::exercises::insert(txn, &exercise).await, id)?;
        let event = ExerciseCreated {
            exercise_id: exercise.id,
            lesson_id: exercise.lesson_id,
            course_id: exercise.course_id,
        };
        bus::append(txn, &self.ambient, operation, MODULE, &event).await?;
        report.added += 1;
        Ok(())
    }
}

/// Says so when the id of a file belongs to something else.
fn taken(inserted: Result<(), sea_orm::DbErr>, id: Uuid) -> Result<(), Error> {
    inserted.map_err(|error| match database::is_unique_violation(&error) {
        true => Error::IdTaken(id),
        false => error.into(),
    })
}
