//! The exercises of a draft.

use std::collections::HashSet;

use contracts::course::{ExerciseCreated, ExerciseDeleted, ExerciseUpdated};
use contracts::course_ref::CourseRef;
use database::{Transaction, idempotency};
use kernel::{Caller, ExerciseId, Expected, LessonId, Operation, Outcome};

use super::Service;
use crate::authoring::request::{ChangeExercise, CreateExercise};
use crate::authoring::store::{self, ExerciseRecord, LessonRecord};
use crate::authoring::view::ExerciseDetail;
use crate::domain::bounds::{MAX_EXERCISES, MAX_EXERCISES_OF_COURSE};
use crate::domain::{Checked, ExerciseBody, MODULE, Need, free_key, moved, next_position};
use crate::error::Error;

impl Service {
    pub(crate) async fn create_exercise(
        &self,
        caller: &Caller,
        operation: &Operation,
        lesson: LessonId,
        new: CreateExercise,
    ) -> Result<Outcome<ExerciseDetail>, Error> {
        self.pages.check(new.markdown()).await?;
        let course = self.course_of_lesson(lesson).await;
        let txn = self.database.begin().await?;
        let now = self.env.now();
        if let Some(first) = idempotency::replay(&txn, now, operation).await? {
            return Ok(first);
        }
        let course = course?;
        let (_, lesson) = self.open_lesson(&txn, caller, &course, lesson).await?;
        let exercise = self.add_exercise(&txn, operation, &lesson, new).await?;
        store::courses::touch(&txn, lesson.course_id, now).await?;
        self.check_size(&txn, lesson.course_id).await?;
        let kept = idempotency::keep(&txn, operation, ExerciseDetail::from(exercise)).await?;
        txn.commit().await?;
        Ok(kept)
    }

    /// # Errors
    /// What of its Markdown may not be written.
    pub(crate) async fn check_markdown(&self, new: &CreateExercise) -> Result<(), Error> {
        self.pages.check(new.markdown()).await
    }

    /// A new exercise, after the others of its lesson or where it is wanted.
    pub(crate) async fn add_exercise(
        &self,
        txn: &Transaction,
        operation: &Operation,
        lesson: &LessonRecord,
        new: CreateExercise,
    ) -> Result<ExerciseRecord, Error> {
        let position = new.position;
        let (key, body) = new.into_parts();
        let exercise = self.append_exercise(txn, lesson, key, body.checked()?);
        let mut exercise = exercise.await?;
        self.insert_exercise(txn, operation, &exercise).await?;
        if let Some(position) = position {
            place(txn, &mut exercise, position).await?;
        }
        Ok(exercise)
    }

    /// A new exercise after the others of its lesson, not yet kept.
    async fn append_exercise(
        &self,
        txn: &Transaction,
        lesson: &LessonRecord,
        key: Option<String>,
        body: ExerciseBody,
    ) -> Result<ExerciseRecord, Error> {
        let others = store::exercises::heads_in(txn, lesson.id).await?;
        if others.len() >= MAX_EXERCISES {
            return Err(Error::TooMany("exercises in a lesson", MAX_EXERCISES));
        }
        let of_course = store::exercises::count(txn, lesson.course_id).await?;
        if usize::try_from(of_course).unwrap_or(usize::MAX) >= MAX_EXERCISES_OF_COURSE {
            return Err(Error::TooMany("exercises", MAX_EXERCISES_OF_COURSE));
        }
        let taken: HashSet<&str> = others.iter().map(|other| other.key.as_str()).collect();
        if let Some(key) = key.as_ref().filter(|key| taken.contains(key.as_str())) {
            return Err(Error::KeyTaken(key.clone()));
        }
        Ok(ExerciseRecord {
            id: self.env.id(),
            course_id: lesson.course_id,
            lesson_id: lesson.id,
            position: next_position(others.iter().map(|other| other.position)),
            key: key.unwrap_or_else(|| free_key(&body.title, "exercise", &taken)),
            body,
            version: 1,
        })
    }

    pub(crate) async fn insert_exercise(
        &self,
        txn: &Transaction,
        operation: &Operation,
        exercise: &ExerciseRecord,
    ) -> Result<(), Error> {
        store::exercises::insert(txn, exercise).await?;
        let event = ExerciseCreated {
            exercise_id: exercise.id,
            lesson_id: exercise.lesson_id,
            course_id: exercise.course_id,
        };
        Ok(bus::append(txn, &self.env, operation, MODULE, &event).await?)
    }

    pub(crate) async fn update_exercise(
        &self,
        caller: &Caller,
        operation: &Operation,
        exercise: ExerciseId,
        expected: &Expected,
        change: ChangeExercise,
    ) -> Result<ExerciseDetail, Error> {
        self.pages.check(change.markdown()).await?;
        let course = self.course_of_exercise(exercise).await?;
        let txn = self.database.begin().await?;
        let opened = self.open_exercise(&txn, caller, &course, exercise);
        let exercise = opened.await?;
        expected.check(exercise.version)?;
        let (exercise, is_changed) = self
            .change_exercise(&txn, operation, exercise, change)
            .await?;
        if is_changed {
            self.check_size(&txn, exercise.course_id).await?;
            store::courses::touch(&txn, exercise.course_id, self.env.now()).await?;
            txn.commit().await?;
        }
        Ok(exercise.into())
    }

    /// The exercise as it is then, and whether that is something else.
    pub(super) async fn change_exercise(
        &self,
        txn: &Transaction,
        operation: &Operation,
        mut exercise: ExerciseRecord,
        change: ChangeExercise,
    ) -> Result<(ExerciseRecord, bool), Error> {
        let position = change.position;
        let before = (exercise.lesson_id, exercise.body.clone());
        if let Some(lesson) = change.lesson_id.filter(|id| *id != exercise.lesson_id) {
            self.move_exercise(txn, &mut exercise, lesson).await?;
        }
        change.apply(&mut exercise.body);
        exercise.body = exercise.body.checked()?;
        if before == (exercise.lesson_id, exercise.body.clone()) && position.is_none() {
            return Ok((exercise, false));
        }
        self.save_exercise(txn, operation, &mut exercise).await?;
        if let Some(position) = position {
            place(txn, &mut exercise, position).await?;
        }
        Ok((exercise, true))
    }

    /// Puts an exercise behind those of another lesson, under a key that is free there.
    async fn move_exercise(
        &self,
        txn: &Transaction,
        exercise: &mut ExerciseRecord,
        lesson: LessonId,
    ) -> Result<(), Error> {
        let found = store::lessons::find(txn, lesson).await?;
        if found.is_none_or(|found| found.course_id != exercise.course_id) {
            return Err(Error::field(
                "/lesson_id",
                "unknown_id",
                "must be the id of a lesson of the same course; create the lesson first",
            ));
        }
        let others = store::exercises::heads_in(txn, lesson).await?;
        if others.len() >= MAX_EXERCISES {
            return Err(Error::TooMany("exercises in a lesson", MAX_EXERCISES));
        }
        let taken: HashSet<&str> = others.iter().map(|other| other.key.as_str()).collect();
        if taken.contains(exercise.key.as_str()) {
            exercise.key = free_key(&exercise.key, "exercise", &taken);
        }
        exercise.lesson_id = lesson;
        exercise.position = next_position(others.iter().map(|other| other.position));
        Ok(())
    }

    /// An exercise of the draft, whose course is held until the commit, when the caller may change
    /// it.
    async fn open_exercise(
        &self,
        txn: &Transaction,
        caller: &Caller,
        course: &CourseRef,
        exercise: ExerciseId,
    ) -> Result<ExerciseRecord, Error> {
        let opened = self.open(txn, caller, course, Need::Edit).await;
        opened.map_err(|error| error.hiding("exercise"))?;
        let found = store::exercises::find(txn, exercise).await?;
        found.ok_or(Error::NotFound("exercise"))
    }

    pub(crate) async fn save_exercise(
        &self,
        txn: &Transaction,
        operation: &Operation,
        exercise: &mut ExerciseRecord,
    ) -> Result<(), Error> {
        exercise.version += 1;
        store::exercises::save(txn, exercise).await?;
        let event = ExerciseUpdated {
            exercise_id: exercise.id,
            lesson_id: exercise.lesson_id,
            course_id: exercise.course_id,
        };
        Ok(bus::append(txn, &self.env, operation, MODULE, &event).await?)
    }

    pub(crate) async fn delete_exercise(
        &self,
        caller: &Caller,
        operation: &Operation,
        exercise: ExerciseId,
        expected: &Expected,
    ) -> Result<(), Error> {
        let course = self.course_of_exercise(exercise).await?;
        let txn = self.database.begin().await?;
        let opened = self.open_exercise(&txn, caller, &course, exercise);
        let exercise = opened.await?;
        expected.check(exercise.version)?;
        self.remove_exercise(&txn, operation, &exercise).await?;
        store::courses::touch(&txn, exercise.course_id, self.env.now()).await?;
        Ok(txn.commit().await?)
    }

    pub(crate) async fn remove_exercise(
        &self,
        txn: &Transaction,
        operation: &Operation,
        exercise: &ExerciseRecord,
    ) -> Result<(), Error> {
        store::exercises::delete(txn, exercise.id).await?;
        let event = ExerciseDeleted {
            exercise_id: exercise.id,
            lesson_id: exercise.lesson_id,
            course_id: exercise.course_id,
        };
        Ok(bus::append(txn, &self.env, operation, MODULE, &event).await?)
    }
}

async fn place(
    txn: &Transaction,
    exercise: &mut ExerciseRecord,
    position: i32,
) -> Result<(), Error> {
    let all = store::exercises::heads_in(txn, exercise.lesson_id).await?;
    let from = all.iter().position(|one| one.id == exercise.id);
    let ordered = moved(all, from.unwrap_or(usize::MAX), position);
    for (position, one) in (1..).zip(ordered) {
        if one.id == exercise.id {
            exercise.position = position;
        }
        if one.position != position {
            store::exercises::place(txn, one.id, position).await?;
        }
    }
    Ok(())
}
