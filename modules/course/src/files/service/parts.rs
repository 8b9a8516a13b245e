//! The parts of a course in the files, taken into the draft one by one.

use database::Transaction;
use kernel::Operation;

use super::Service;
use crate::authoring::sections;
use crate::authoring::{CourseRecord, ExerciseRecord, LessonRecord, SectionRecord};
use crate::domain::Checked;
use crate::error::Error;
use crate::files::matching::{Matched, MatchedLesson};
use crate::files::{ExerciseFile, ImportReport};

impl Service {
    pub(super) async fn take_section(
        &self,
        txn: &Transaction,
        course: &CourseRecord,
        position: i32,
        part: &Matched<'_>,
        report: &mut ImportReport,
    ) -> Result<(SectionRecord, bool), Error> {
        let body = part.section.file.body().checked()?;
        let mut section = SectionRecord {
            id: part.section.file.id.unwrap_or_else(|| self.env.id()),
            course_id: course.id,
            position,
            key: part.section.key.clone(),
            body,
            version: 1,
        };
        let Some(known) = &part.known else {
            let id = section.id.uuid();
            let inserted = sections::insert(txn, &section).await;
            inserted.map_err(|error| error.or_taken(|| Error::IdTaken(id)))?;
            report.added += 1;
            return Ok((section, true));
        };
        (section.id, section.version) = (known.id, known.version);
        if section == *known {
            return Ok((section, false));
        }
        section.version += 1;
        sections::save(txn, &section).await?;
        report.changed += 1;
        Ok((section, true))
    }

    pub(super) async fn take_lesson(
        &self,
        txn: &Transaction,
        operation: &Operation,
        section: &SectionRecord,
        position: i32,
        part: &MatchedLesson<'_>,
        report: &mut ImportReport,
    ) -> Result<LessonRecord, Error> {
        let file = &part.lesson.file;
        let mut lesson = LessonRecord {
            id: file.id.unwrap_or_else(|| self.env.id()),
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
                self.authoring
                    .save_lesson(txn, operation, &mut lesson)
                    .await?;
                report.changed += 1;
            }
            return Ok(lesson);
        }
        let id = lesson.id.uuid();
        let inserted = self.authoring.insert_lesson(txn, operation, &lesson);
        let inserted = inserted.await;
        inserted.map_err(|error| error.or_taken(|| Error::IdTaken(id)))?;
        report.added += 1;
        Ok(lesson)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "each of them is a thing of its own; a struct would only rename them"
    )]
    pub(super) async fn take_exercise(
        &self,
        txn: &Transaction,
        operation: &Operation,
        lesson: &LessonRecord,
        position: i32,
        file: &ExerciseFile,
        known: Option<ExerciseRecord>,
        report: &mut ImportReport,
    ) -> Result<(), Error> {
        let mut exercise = ExerciseRecord {
            id: file.id.unwrap_or_else(|| self.env.id()),
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
                self.authoring
                    .save_exercise(txn, operation, &mut exercise)
                    .await?;
                report.changed += 1;
            }
            return Ok(());
        }
        let id = exercise.id.uuid();
        let inserted = self.authoring.insert_exercise(txn, operation, &exercise);
        let inserted = inserted.await;
        inserted.map_err(|error| error.or_taken(|| Error::IdTaken(id)))?;
        report.added += 1;
        Ok(())
    }
}
