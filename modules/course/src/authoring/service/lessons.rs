//! The lessons of a draft.

use contracts::course::{LessonCreated, LessonDeleted, LessonUpdated};
use contracts::course_ref::CourseRef;
use database::{Transaction, idempotency};
use kernel::{Caller, Expected, LessonId, Operation, Outcome, SectionId};

use super::Service;
use super::order::end_of;
use crate::authoring::request::{ChangeLesson, CreateLesson};
use crate::authoring::store::{self, CourseRecord, LessonRecord};
use crate::authoring::view::LessonDetail;
use crate::domain::bounds::MAX_LESSONS;
use crate::domain::{Checked, LessonBody, MODULE, Need, free_key, next_position};
use crate::error::Error;

impl Service {
    pub(crate) async fn create_lesson(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        new: CreateLesson,
    ) -> Result<Outcome<LessonDetail>, Error> {
        self.pages.check(new.markdown()).await?;
        let txn = self.database.begin().await?;
        let now = self.env.now();
        if let Some(first) = idempotency::replay(&txn, now, operation).await? {
            return Ok(first);
        }
        let course = self.open(&txn, caller, course, Need::Edit).await?;
        let lesson = self.add_lesson(&txn, operation, &course, new).await?;
        store::courses::touch(&txn, course.id, now).await?;
        self.check_size(&txn, course.id).await?;
        let kept = idempotency::keep(&txn, operation, LessonDetail::from(lesson)).await?;
        txn.commit().await?;
        Ok(kept)
    }

    /// A new lesson after the others of its section.
    pub(super) async fn add_lesson(
        &self,
        txn: &Transaction,
        operation: &Operation,
        course: &CourseRecord,
        new: CreateLesson,
    ) -> Result<LessonRecord, Error> {
        let (section, body) = new.into_parts();
        check_section(txn, course, section).await?;
        let lesson = self.append_lesson(txn, course, section, body.checked()?);
        let lesson = lesson.await?;
        self.insert_lesson(txn, operation, &lesson).await?;
        Ok(lesson)
    }

    /// A new lesson after the others of its section, not yet kept.
    async fn append_lesson(
        &self,
        txn: &Transaction,
        course: &CourseRecord,
        section: SectionId,
        body: LessonBody,
    ) -> Result<LessonRecord, Error> {
        let all = store::lessons::heads(txn, course.id).await?;
        if all.len() >= MAX_LESSONS {
            return Err(Error::TooMany("lessons", MAX_LESSONS));
        }
        let others = || all.iter().filter(|other| other.section_id == section);
        let taken = others().map(|other| other.key.as_str()).collect();
        Ok(LessonRecord {
            id: self.env.id(),
            course_id: course.id,
            section_id: section,
            position: next_position(others().map(|other| other.position)),
            key: free_key(&body.title, "lesson", &taken),
            body,
            version: 1,
        })
    }

    pub(crate) async fn insert_lesson(
        &self,
        txn: &Transaction,
        operation: &Operation,
        lesson: &LessonRecord,
    ) -> Result<(), Error> {
        store::lessons::insert(txn, lesson).await?;
        let event = LessonCreated {
            lesson_id: lesson.id,
            course_id: lesson.course_id,
            title: lesson.body.title.clone(),
        };
        Ok(bus::append(txn, &self.env, operation, MODULE, &event).await?)
    }

    pub(crate) async fn update_lesson(
        &self,
        caller: &Caller,
        operation: &Operation,
        lesson: LessonId,
        expected: &Expected,
        change: ChangeLesson,
    ) -> Result<LessonDetail, Error> {
        self.pages.check(change.markdown()).await?;
        let course = self.course_of_lesson(lesson).await?;
        let txn = self.database.begin().await?;
        let opened = self.open_lesson(&txn, caller, &course, lesson).await?;
        let (course, lesson) = opened;
        expected.check(lesson.version)?;
        let (lesson, is_changed) = self
            .change_lesson(&txn, operation, &course, lesson, change)
            .await?;
        if is_changed {
            store::courses::touch(&txn, course.id, self.env.now()).await?;
            self.check_size(&txn, course.id).await?;
        }
        txn.commit().await?;
        Ok(lesson.into())
    }

    /// The lesson as it is then, and whether that is something else.
    pub(super) async fn change_lesson(
        &self,
        txn: &Transaction,
        operation: &Operation,
        course: &CourseRecord,
        mut lesson: LessonRecord,
        change: ChangeLesson,
    ) -> Result<(LessonRecord, bool), Error> {
        let before = (lesson.section_id, lesson.body.clone());
        if let Some(section) = change.section_id.filter(|id| *id != lesson.section_id) {
            check_section(txn, course, section).await?;
            let others = store::lessons::heads_in(txn, section).await?;
            (lesson.key, lesson.position) = end_of(others.iter(), &lesson.key);
            lesson.section_id = section;
        }
        change.apply(&mut lesson.body);
        lesson.body = lesson.body.checked()?;
        let is_changed = before != (lesson.section_id, lesson.body.clone());
        if is_changed {
            self.save_lesson(txn, operation, &mut lesson).await?;
        }
        Ok((lesson, is_changed))
    }

    /// A lesson of the draft and its course, held until the commit, when the caller may change it.
    pub(crate) async fn open_lesson(
        &self,
        txn: &Transaction,
        caller: &Caller,
        course: &CourseRef,
        lesson: LessonId,
    ) -> Result<(CourseRecord, LessonRecord), Error> {
        let course = self.open(txn, caller, course, Need::Edit).await;
        let course = course.map_err(|error| error.hiding("lesson"))?;
        let lesson = store::lessons::find(txn, lesson).await?;
        Ok((course, lesson.ok_or(Error::NotFound("lesson"))?))
    }

    pub(crate) async fn save_lesson(
        &self,
        txn: &Transaction,
        operation: &Operation,
        lesson: &mut LessonRecord,
    ) -> Result<(), Error> {
        lesson.version += 1;
        store::lessons::save(txn, lesson).await?;
        let event = LessonUpdated {
            lesson_id: lesson.id,
            course_id: lesson.course_id,
            title: lesson.body.title.clone(),
        };
        Ok(bus::append(txn, &self.env, operation, MODULE, &event).await?)
    }

    pub(crate) async fn delete_lesson(
        &self,
        caller: &Caller,
        operation: &Operation,
        lesson: LessonId,
        expected: &Expected,
    ) -> Result<(), Error> {
        let course = self.course_of_lesson(lesson).await?;
        let txn = self.database.begin().await?;
        let opened = self.open_lesson(&txn, caller, &course, lesson).await?;
        let (course, lesson) = opened;
        expected.check(lesson.version)?;
        self.remove_lesson(&txn, operation, &lesson).await?;
        store::courses::touch(&txn, course.id, self.env.now()).await?;
        Ok(txn.commit().await?)
    }

    pub(crate) async fn remove_lesson(
        &self,
        txn: &Transaction,
        operation: &Operation,
        lesson: &LessonRecord,
    ) -> Result<(), Error> {
        store::lessons::delete(txn, lesson.id).await?;
        let event = LessonDeleted {
            lesson_id: lesson.id,
            course_id: lesson.course_id,
        };
        Ok(bus::append(txn, &self.env, operation, MODULE, &event).await?)
    }
}

/// Refuses a section that the course does not have.
async fn check_section(
    txn: &Transaction,
    course: &CourseRecord,
    section: SectionId,
) -> Result<(), Error> {
    let found = store::sections::find(txn, section).await?;
    match found.is_some_and(|section| section.course_id == course.id) {
        true => Ok(()),
        false => Err(Error::field(
            "/section_id",
            "unknown_id",
            "must be the id of a section of this course; create the section first",
        )),
    }
}
