//! Many changes of one draft in one transaction.

use std::collections::HashMap;

use contracts::course_ref::CourseRef;
use database::{Transaction, idempotency};
use kernel::{Caller, ExerciseId, Expected, Id, LessonId, Operation, Outcome, SectionId};
use uuid::Uuid;

use super::Service;
use super::sections::find_in;
use crate::authoring::request::{CourseBatch, DraftChange};
use crate::authoring::store::{self, CourseRecord, ExerciseRecord, LessonRecord};
use crate::authoring::view::{CourseBatchResult, DraftChangeResult};
use crate::domain::Need;
use crate::error::Error;

/// The ids that parts got, by the references under which the request created them.
#[derive(Default)]
struct References(HashMap<Uuid, Uuid>);

impl References {
    fn resolve<K>(&self, id: Id<K>) -> Id<K> {
        self.0.get(&id.uuid()).map_or(id, |made| (*made).into())
    }

    fn add(&mut self, reference: Option<Uuid>, id: Uuid) -> Result<(), Error> {
        let Some(reference) = reference else {
            return Ok(());
        };
        match self.0.insert(reference, id) {
            None => Ok(()),
            Some(_) => Err(Error::field(
                "/reference",
                "duplicate",
                "must differ from the references of the other operations",
            )),
        }
    }
}

impl Service {
    /// Applies all changes in their order, or none of them.
    pub(crate) async fn apply_batch(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        expected: &Expected,
        batch: CourseBatch,
    ) -> Result<Outcome<CourseBatchResult>, Error> {
        self.pages.check(batch.markdown()).await?;
        let txn = self.database.begin().await?;
        let now = self.env.now();
        if let Some(first) = idempotency::replay(&txn, now, operation).await? {
            return Ok(first);
        }
        let mut course = self.open(&txn, caller, course, Need::Edit).await?;
        expected.check(course.version)?;
        let mut references = References::default();
        let mut results = Vec::new();
        for (index, change) in batch.operations.into_iter().enumerate() {
            let part = change.part();
            let changed = self.change_part(&txn, operation, &course, change, &mut references);
            let id = changed.await;
            let id = id.map_err(|error| Error::InBatch(index, part, Box::new(error)))?;
            results.push(DraftChangeResult { id });
        }
        self.check_size(&txn, course.id).await?;
        self.save_course(&txn, operation, &mut course).await?;
        let done = CourseBatchResult {
            version: course.version,
            results,
        };
        let kept = idempotency::keep(&txn, operation, done).await?;
        txn.commit().await?;
        Ok(kept)
    }

    /// Applies one change; returns the id of the part.
    async fn change_part(
        &self,
        txn: &Transaction,
        operation: &Operation,
        course: &CourseRecord,
        change: DraftChange,
        references: &mut References,
    ) -> Result<Uuid, Error> {
        match change {
            DraftChange::CreateSection(new) => {
                let section = self.add_section(txn, course, new.section).await?;
                references.add(new.reference, section.id.uuid())?;
                Ok(section.id.uuid())
            }
            DraftChange::UpdateSection(update) => {
                let id = references.resolve(update.section_id);
                let section = find_in(txn, course, id).await?;
                self.change_section(txn, course, section, update.change)
                    .await?;
                Ok(id.uuid())
            }
            DraftChange::DeleteSection(deletion) => {
                let id: SectionId = references.resolve(deletion.section_id);
                let section = find_in(txn, course, id).await?;
                self.remove_section(txn, &section).await?;
                Ok(id.uuid())
            }
            DraftChange::CreateLesson(mut new) => {
                new.lesson.section_id = references.resolve(new.lesson.section_id);
                let lesson = self.add_lesson(txn, operation, course, new.lesson).await?;
                references.add(new.reference, lesson.id.uuid())?;
                Ok(lesson.id.uuid())
            }
            DraftChange::UpdateLesson(mut update) => {
                let lesson = lesson_of(txn, course, references.resolve(update.lesson_id)).await?;
                let section = update.change.section_id;
                update.change.section_id = section.map(|id| references.resolve(id));
                let changed = self.change_lesson(txn, operation, course, lesson, update.change);
                Ok(changed.await?.0.id.uuid())
            }
            DraftChange::DeleteLesson(deletion) => {
                let lesson = lesson_of(txn, course, references.resolve(deletion.lesson_id)).await?;
                self.remove_lesson(txn, operation, &lesson).await?;
                Ok(lesson.id.uuid())
            }
            DraftChange::CreateExercise(new) => {
                let lesson = lesson_of(txn, course, references.resolve(new.lesson_id)).await?;
                let added = self.add_exercise(txn, operation, &lesson, new.exercise);
                let exercise = added.await?;
                references.add(new.reference, exercise.id.uuid())?;
                Ok(exercise.id.uuid())
            }
            DraftChange::UpdateExercise(mut update) => {
                let id = references.resolve(update.exercise_id);
                let exercise = exercise_of(txn, course, id).await?;
                let lesson = update.change.lesson_id;
                update.change.lesson_id = lesson.map(|id| references.resolve(id));
                self.change_exercise(txn, operation, exercise, update.change)
                    .await?;
                Ok(id.uuid())
            }
            DraftChange::DeleteExercise(deletion) => {
                let id = references.resolve(deletion.exercise_id);
                let exercise = exercise_of(txn, course, id).await?;
                self.remove_exercise(txn, operation, &exercise).await?;
                Ok(id.uuid())
            }
        }
    }
}

async fn lesson_of(
    txn: &Transaction,
    course: &CourseRecord,
    id: LessonId,
) -> Result<LessonRecord, Error> {
    let found = store::lessons::find(txn, id).await?;
    let found = found.filter(|lesson| lesson.course_id == course.id);
    found.ok_or(Error::NotFound("lesson"))
}

async fn exercise_of(
    txn: &Transaction,
    course: &CourseRecord,
    id: ExerciseId,
) -> Result<ExerciseRecord, Error> {
    let found = store::exercises::find(txn, id).await?;
    let found = found.filter(|exercise| exercise.course_id == course.id);
    found.ok_or(Error::NotFound("exercise"))
}
