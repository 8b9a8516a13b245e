//! Publishing: the draft becomes an immutable, numbered version.

use contracts::course::CoursePublished;
use database::idempotency;
use kernel::{Expected, Operation, Outcome, UserId};
use rest::Caller;
use sea_orm::ConnectionTrait;

use super::courses::{authors, detail};
use super::reading::outline;
use super::{MODULE, Need, Service};
use crate::Error;
use crate::content::{Status, VersionMeta, VersionSection};
use crate::reference::CourseRef;
use crate::store;
use crate::store::courses::CourseRecord;
use crate::store::versions::{VersionExercise, VersionLesson, VersionRecord};
use crate::view::CourseDetail;

/// The whole content of a version.
struct Content {
    version: VersionRecord,
    lessons: Vec<VersionLesson>,
    exercises: Vec<VersionExercise>,
}

impl Service {
    pub(crate) async fn publish(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        expected: &Expected,
        change_notes: String,
    ) -> Result<Outcome<CourseDetail>, Error> {
        let txn = self.database.begin().await?;
        let now = self.ambient.now();
        if let Some(first) = idempotency::replay(&*txn, now, operation).await? {
            drop(txn);
            return Ok(self.named_outcome(first).await);
        }
        let mut course = self.open(&*txn, caller, course, Need::Edit).await?;
        expected.check(course.version)?;
        self.publish_draft(&*txn, operation, &mut course, change_notes, caller.user_id)
            .await?;
        let authors = authors(&*txn, course.id).await?;
        let kept = idempotency::keep(&*txn, operation, detail(course, None, authors)).await?;
        txn.commit().await?;
        Ok(self.named_outcome(kept).await)
    }

    /// Publishes the draft in the transaction of its caller.
    ///
    /// # Errors
    /// [`Error::NothingToPublish`] and [`Error::Unchanged`].
    pub(super) async fn publish_draft(
        &self,
        txn: &impl ConnectionTrait,
        operation: &Operation,
        course: &mut CourseRecord,
        change_notes: String,
        publisher: UserId,
    ) -> Result<(), Error> {
        let content = self.content(txn, course, change_notes, publisher).await?;
        if course.status == Status::Published && is_published(txn, &content).await? {
            return Err(Error::Unchanged(course.published_version));
        }
        let version = &content.version;
        store::versions::insert(txn, version).await?;
        for lesson in &content.lessons {
            store::versions::insert_lesson(txn, course.id, version.number, lesson).await?;
        }
        for exercise in &content.exercises {
            store::versions::insert_exercise(txn, course.id, version.number, exercise).await?;
        }
        course.status = Status::Published;
        course.published_version = version.number;
        course.version += 1;
        course.updated_at = version.published_at;
        store::courses::save(txn, course).await?;
        let titles: Vec<String> = content
            .lessons
            .iter()
            .map(|lesson| lesson.body.title.clone())
            .collect();
        store::catalogue::put(
            txn,
            course.id,
            version.number,
            &course.slug,
            &course.body,
            &titles,
            version.published_at,
        )
        .await?;
        let event = CoursePublished {
            outline: content.version.outline,
            change_notes: content.version.change_notes,
            published_by: publisher,
        };
        bus::append(txn, &self.ambient, operation, MODULE, &event).await?;
        Ok(())
    }

    async fn content(
        &self,
        txn: &impl ConnectionTrait,
        course: &CourseRecord,
        change_notes: String,
        publisher: UserId,
    ) -> Result<Content, Error> {
        let sections = store::sections::list_of(txn, course.id).await?;
        let lessons = store::lessons::list_of(txn, course.id).await?;
        let exercises = store::exercises::list_of(txn, course.id).await?;
        if sections.is_empty() {
            return Err(Error::NothingToPublish(
                "the course has no section; add one, and a lesson in it",
            ));
        }
        if lessons.is_empty() {
            return Err(Error::NothingToPublish(
                "no section of the course has a lesson; add one",
            ));
        }
        let number = course.published_version + 1;
        let version = VersionRecord {
            course_id: course.id,
            number,
            change_notes,
            published_by: Some(publisher),
            published_at: self.ambient.now(),
            outline: outline(course, number, &sections, &lessons, &exercises),
            meta: VersionMeta {
                course: course.body.clone(),
                sections: sections
                    .into_iter()
                    .map(|section| VersionSection {
                        id: section.id,
                        body: section.body,
                    })
                    .collect(),
            },
        };
        Ok(Content {
            version,
            lessons: lessons
                .into_iter()
                .map(|lesson| VersionLesson {
                    lesson_id: lesson.id,
                    section_id: lesson.section_id,
                    position: lesson.position,
                    body: lesson.body,
                })
                .collect(),
            exercises: exercises
                .into_iter()
                .map(|exercise| VersionExercise {
                    exercise_id: exercise.id,
                    lesson_id: exercise.lesson_id,
                    position: exercise.position,
                    body: exercise.body,
                })
                .collect(),
        })
    }
}

/// Whether the newest version says the very same.
async fn is_published(txn: &impl ConnectionTrait, content: &Content) -> Result<bool, Error> {
    let (course, number) = (content.version.course_id, content.version.number - 1);
    let Some(newest) = store::versions::find(txn, course, number).await? else {
        return Ok(false);
    };
    let same_shape = newest.meta == content.version.meta
        && newest.outline.sections == content.version.outline.sections;
    let lessons = store::versions::lessons(txn, course, number).await?;
    let exercises = store::versions::exercises(txn, course, number, None).await?;
    let bodies = |lessons: &[VersionLesson]| {
        let mut bodies: Vec<_> = lessons.to_vec();
        bodies.sort_by_key(|lesson| lesson.lesson_id);
        bodies
            .into_iter()
            .map(|lesson| lesson.body)
            .collect::<Vec<_>>()
    };
    let asked = |exercises: &[VersionExercise]| {
        let mut asked: Vec<_> = exercises.to_vec();
        asked.sort_by_key(|exercise| exercise.exercise_id);
        asked
            .into_iter()
            .map(|exercise| exercise.body)
            .collect::<Vec<_>>()
    };
    Ok(same_shape
        && bodies(&lessons) == bodies(&content.lessons)
        && asked(&exercises) == asked(&content.exercises))
}
