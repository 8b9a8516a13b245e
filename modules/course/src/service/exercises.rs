//! The exercises of a draft, and what learners see of the published ones.

use contracts::course::{ExerciseCreated, ExerciseDeleted, ExerciseUpdated};
use database::idempotency;
use kernel::{ExerciseId, Expected, Key, LessonId, Operation, Outcome, Page, Slice};
use rest::Caller;
use sea_orm::ConnectionTrait;

use super::lessons::hidden;
use super::reading::Edition;
use super::structure::{Checked, MAX_EXERCISES, free_key, moved, next_position};
use super::submissions::strictest;
use super::{MODULE, Need, Service, paging};
use crate::Error;
use crate::command::{ChangeExercise, CreateExercise, EditionQuery};
use crate::content::ExerciseBody;
use crate::question::{Ids, task};
use crate::store;
use crate::store::courses::CourseRecord;
use crate::store::exercises::ExerciseRecord;
use crate::store::lessons::LessonRecord;
use crate::store::versions::VersionExercise;
use crate::view::{ExerciseDetail, ExerciseForLearner, ExerciseView, HintView};

impl Service {
    pub(crate) async fn add_exercise(
        &self,
        caller: &Caller,
        operation: &Operation,
        lesson: LessonId,
        new: CreateExercise,
    ) -> Result<Outcome<ExerciseDetail>, Error> {
        let course = self.course_of_lesson(lesson).await?;
        let txn = self.database.begin().await?;
        let now = self.ambient.now();
        if let Some(first) = idempotency::replay(&*txn, now, operation).await? {
            return Ok(first);
        }
        let opened = self.open(&*txn, caller, &course, Need::Edit).await;
        opened.map_err(|error| hidden(error, "lesson"))?;
        let found = store::lessons::find(&*txn, lesson).await?;
        let lesson = found.ok_or(Error::NotFound("lesson"))?;
        let (key, body) = new.into_parts();
        let exercise = self
            .insert_exercise(&*txn, operation, &lesson, None, key, body.checked()?)
            .await?;
        let kept = idempotency::keep(&*txn, operation, detail(exercise)).await?;
        txn.commit().await?;
        Ok(kept)
    }

    pub(super) async fn insert_exercise(
        &self,
        txn: &impl ConnectionTrait,
        operation: &Operation,
        lesson: &LessonRecord,
        id: Option<ExerciseId>,
        key: Option<String>,
        body: ExerciseBody,
    ) -> Result<ExerciseRecord, Error> {
        let others = store::exercises::list_in(txn, lesson.id).await?;
        if others.len() >= MAX_EXERCISES {
            return Err(Error::TooMany("exercises in a lesson", MAX_EXERCISES));
        }
        let taken = others.iter().map(|other| other.key.as_str());
        if let Some(key) = key.as_ref().filter(|key| taken.clone().any(|t| t == *key)) {
            return Err(Error::KeyTaken(key.clone()));
        }
        let exercise = ExerciseRecord {
            id: id.unwrap_or_else(|| self.ambient.id()),
            course_id: lesson.course_id,
            lesson_id: lesson.id,
            position: next_position(others.iter().map(|other| other.position)),
            key: key.unwrap_or_else(|| free_key(&body.title, "exercise", taken)),
            body,
            version: 1,
        };
        store::exercises::insert(txn, &exercise).await?;
        let event = ExerciseCreated {
            exercise_id: exercise.id,
            lesson_id: lesson.id,
            course_id: lesson.course_id,
        };
        bus::append(txn, &self.ambient, operation, MODULE, &event).await?;
        Ok(exercise)
    }

    pub(crate) async fn exercises(
        &self,
        caller: &Caller,
        lesson: LessonId,
        query: &EditionQuery,
        slice: &Slice,
    ) -> Result<Page<ExerciseView>, Error> {
        let course = self.course_of_lesson(lesson).await?;
        let read = self.reading(caller, &course, query).await;
        let (course, edition) = read.map_err(|error| hidden(error, "lesson"))?;
        let db = self.database.read();
        let keys =
            |position: i32, id: ExerciseId| vec![Key::Int(i64::from(position)), Key::Id(id.uuid())];
        match edition {
            Edition::Draft => {
                let found = store::lessons::find(db, lesson).await?;
                found.ok_or(Error::NotFound("lesson"))?;
                let rows = store::exercises::list_in(db, lesson).await?;
                let page = paging::page(rows, slice, |row| keys(row.position, row.id));
                Ok(page.map(|row| ExerciseView::Staff(Box::new(detail(row)))))
            }
            Edition::Published(version) => {
                let number = version.number;
                let found = store::versions::find_lesson(db, course.id, number, lesson).await?;
                found.ok_or(Error::NotFound("lesson"))?;
                let of = Some(lesson);
                let rows = store::versions::exercises(db, course.id, number, of).await?;
                let page = paging::page(rows, slice, |row| keys(row.position, row.exercise_id));
                let shown = self.for_learner(caller, &course, number, page.items);
                let shown = shown.await?.into_iter();
                Ok(Page {
                    items: shown
                        .map(|one| ExerciseView::Learner(Box::new(one)))
                        .collect(),
                    next: page.next,
                    prev: page.prev,
                    total: page.total,
                })
            }
        }
    }

    pub(crate) async fn exercise(
        &self,
        caller: &Caller,
        exercise: ExerciseId,
        query: &EditionQuery,
    ) -> Result<ExerciseView, Error> {
        let course = self.course_of_exercise(exercise).await?;
        let read = self.reading(caller, &course, query).await;
        let (course, edition) = read.map_err(|error| hidden(error, "exercise"))?;
        let db = self.database.read();
        match edition {
            Edition::Draft => {
                let found = store::exercises::find(db, exercise).await?;
                let found = found.ok_or(Error::NotFound("exercise"))?;
                Ok(ExerciseView::Staff(Box::new(detail(found))))
            }
            Edition::Published(version) => {
                let found = published(db, &course, version.number, exercise).await?;
                let shown = self.for_learner(caller, &course, version.number, vec![found]);
                let shown = shown.await?.into_iter().next();
                let shown = shown.ok_or(Error::NotFound("exercise"))?;
                Ok(ExerciseView::Learner(Box::new(shown)))
            }
        }
    }

    async fn for_learner(
        &self,
        caller: &Caller,
        course: &CourseRecord,
        number: i64,
        exercises: Vec<VersionExercise>,
    ) -> Result<Vec<ExerciseForLearner>, Error> {
        let db = self.database.read();
        let ids: Vec<ExerciseId> = exercises.iter().map(|one| one.exercise_id).collect();
        let newest = store::versions::newest(db, course.id, &ids).await?;
        let used = store::submissions::last_attempts(db, &ids, &[caller.user_id]).await?;
        let shown = exercises.into_iter().map(|exercise| {
            let (id, body) = (exercise.exercise_id, exercise.body);
            let used = used.get(&(id, caller.user_id)).copied().unwrap_or(0);
            let limit = strictest(&body, newest.get(&id));
            let ids = Ids {
                seed: &course.seed,
                exercise: id,
            };
            ExerciseForLearner {
                id,
                lesson_id: exercise.lesson_id,
                course_id: course.id,
                version: number,
                position: exercise.position,
                title: body.title,
                prompt: body.prompt,
                points: body.points,
                pass_percent: body.pass_percent,
                hints: i32::try_from(body.hints.len()).unwrap_or(0),
                attempts_left: limit.map(|allowed| (allowed - used).max(0)),
                task: task(&body.question, ids),
            }
        });
        Ok(shown.collect())
    }

    pub(crate) async fn hint(
        &self,
        caller: &Caller,
        exercise: ExerciseId,
        number: i32,
        query: &EditionQuery,
    ) -> Result<HintView, Error> {
        let course = self.course_of_exercise(exercise).await?;
        let read = self.reading(caller, &course, query).await;
        let (course, edition) = read.map_err(|error| hidden(error, "exercise"))?;
        let db = self.database.read();
        let hints = match edition {
            Edition::Draft => {
                let found = store::exercises::find(db, exercise).await?;
                found.ok_or(Error::NotFound("exercise"))?.body.hints
            }
            Edition::Published(version) => {
                let found = published(db, &course, version.number, exercise).await?;
                found.body.hints
            }
        };
        let of = i32::try_from(hints.len()).unwrap_or(0);
        let mut numbered = (1..).zip(hints);
        let found = numbered.find(|(place, _)| *place == number);
        let (_, text) = found.ok_or(Error::NotFound("hint"))?;
        Ok(HintView { number, of, text })
    }

    pub(crate) async fn change_exercise(
        &self,
        caller: &Caller,
        operation: &Operation,
        exercise: ExerciseId,
        expected: &Expected,
        change: ChangeExercise,
    ) -> Result<ExerciseDetail, Error> {
        let course = self.course_of_exercise(exercise).await?;
        let txn = self.database.begin().await?;
        let opened = self.open(&*txn, caller, &course, Need::Edit).await;
        opened.map_err(|error| hidden(error, "exercise"))?;
        let found = store::exercises::find(&*txn, exercise).await?;
        let mut exercise = found.ok_or(Error::NotFound("exercise"))?;
        expected.check(exercise.version)?;
        let position = change.position;
        let before = exercise.body.clone();
        change.apply(&mut exercise.body);
        exercise.body = exercise.body.checked()?;
        if exercise.body == before && position.is_none() {
            return Ok(detail(exercise));
        }
        self.save_exercise(&*txn, operation, &mut exercise).await?;
        if let Some(position) = position {
            place(&*txn, &mut exercise, position).await?;
        }
        txn.commit().await?;
        Ok(detail(exercise))
    }

    pub(super) async fn save_exercise(
        &self,
        txn: &impl ConnectionTrait,
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
        bus::append(txn, &self.ambient, operation, MODULE, &event).await?;
        Ok(())
    }

    pub(crate) async fn remove_exercise(
        &self,
        caller: &Caller,
        operation: &Operation,
        exercise: ExerciseId,
        expected: &Expected,
    ) -> Result<(), Error> {
        let course = self.course_of_exercise(exercise).await?;
        let txn = self.database.begin().await?;
        let opened = self.open(&*txn, caller, &course, Need::Edit).await;
        opened.map_err(|error| hidden(error, "exercise"))?;
        let found = store::exercises::find(&*txn, exercise).await?;
        let exercise = found.ok_or(Error::NotFound("exercise"))?;
        expected.check(exercise.version)?;
        self.delete_exercise(&*txn, operation, &exercise).await?;
        Ok(txn.commit().await?)
    }

    pub(super) async fn delete_exercise(
        &self,
        txn: &impl ConnectionTrait,
        operation: &Operation,
        exercise: &ExerciseRecord,
    ) -> Result<(), Error> {
        store::exercises::delete(txn, exercise.id).await?;
        let event = ExerciseDeleted {
            exercise_id: exercise.id,
            lesson_id: exercise.lesson_id,
            course_id: exercise.course_id,
        };
        bus::append(txn, &self.ambient, operation, MODULE, &event).await?;
        Ok(())
    }
}

async fn place(
    txn: &impl ConnectionTrait,
    exercise: &mut ExerciseRecord,
    position: i32,
) -> Result<(), Error> {
    let all = store::exercises::list_in(txn, exercise.lesson_id).await?;
    let from = all.iter().position(|one| one.id == exercise.id);
    let ordered = moved(all, from.unwrap_or(usize::MAX), position);
    for (position, mut one) in (1..).zip(ordered) {
        if one.id == exercise.id {
            exercise.position = position;
        }
        if one.position != position {
            one.position = position;
            store::exercises::save(txn, &one).await?;
        }
    }
    Ok(())
}

pub(super) async fn published(
    db: &impl ConnectionTrait,
    course: &CourseRecord,
    number: i64,
    exercise: ExerciseId,
) -> Result<VersionExercise, Error> {
    let found = store::versions::find_exercise(db, course.id, number, exercise).await?;
    found.ok_or(Error::NotFound("exercise"))
}

fn detail(exercise: ExerciseRecord) -> ExerciseDetail {
    let body = exercise.body;
    ExerciseDetail {
        id: exercise.id,
        lesson_id: exercise.lesson_id,
        course_id: exercise.course_id,
        position: exercise.position,
        key: exercise.key,
        title: body.title,
        prompt: body.prompt,
        points: body.points,
        hints: body.hints,
        explanation: body.explanation,
        pass_percent: body.pass_percent,
        attempts: body.attempts,
        question: body.question,
        version: exercise.version,
    }
}
