//! Publishing, by which the draft becomes an immutable, numbered version, and archiving.

use contracts::course::{
    CompletionRule, CourseArchived, CoursePublished, OutlinePrerequisite, OutlineView,
};
use contracts::course_ref::CourseRef;
use database::{Transaction, idempotency};
use kernel::{Caller, Expected, FieldFault, Operation, Outcome, UserId};

use super::Service;
use super::prepare::RACES;
use super::references::missing_assets;
use crate::assets;
use crate::authoring::{CourseDetail, CourseRecord, Draft, courses};
use crate::catalogue::{Listed, listings};
use crate::domain::bounds::{MAX_VERSION_BYTES, MAX_VERSIONS};
use crate::domain::{MODULE, Need, Status, Terms, VersionMeta, VersionSection};
use crate::error::Error;
use crate::publishing::prepared::Prepared;
use crate::publishing::request::PublishCourse;
use crate::publishing::store::{self, VersionRecord};

/// Who publishes what.
pub(crate) struct Publishing {
    pub(crate) notes: String,
    pub(crate) publisher: UserId,
    /// What the draft says.
    pub(crate) prepared: Prepared,
}

impl Service {
    pub(crate) async fn publish(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        expected: &Expected,
        new: PublishCourse,
    ) -> Result<Outcome<CourseDetail>, Error> {
        for _ in 0..RACES {
            let db = self.database.read();
            if let Some(first) = idempotency::peek(db, self.env.now(), operation).await? {
                return Ok(self.authoring.named_outcome(first).await);
            }
            let seen = self.authoring.find(db, course).await?;
            self.authoring
                .require(db, caller, &seen, Need::Edit)
                .await?;
            expected.check(seen.version)?;
            let prepared = self.prepare_draft(&seen).await?;
            let _place = self.drafts.enter().await?;
            let txn = self.database.begin().await?;
            let now = self.env.now();
            if let Some(first) = idempotency::replay(&txn, now, operation).await? {
                drop(txn);
                return Ok(self.authoring.named_outcome(first).await);
            }
            let opened = self.authoring.open(&txn, caller, course, Need::Edit);
            let mut course = opened.await?;
            expected.check(course.version)?;
            // What was read outside the transaction still has to be so.
            if course.version != seen.version {
                continue;
            }
            let by = Publishing {
                notes: new.change_notes,
                publisher: caller.user_id,
                prepared,
            };
            self.publish_draft(&txn, operation, &mut course, by).await?;
            let detail = self.authoring.detail(&txn, course).await?;
            let kept = idempotency::keep(&txn, operation, detail).await?;
            txn.commit().await?;
            return Ok(self.authoring.named_outcome(kept).await);
        }
        Err(Error::Busy)
    }

    pub(crate) async fn archive(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        expected: &Expected,
    ) -> Result<CourseDetail, Error> {
        let txn = self.database.begin().await?;
        let opened = self.authoring.open(&txn, caller, course, Need::Own);
        let mut course = opened.await?;
        expected.check(course.version)?;
        if course.status == Status::Archived {
            return Err(Error::Archived);
        }
        course.status = Status::Archived;
        course.version += 1;
        course.updated_at = self.env.now();
        courses::save(&txn, &course).await?;
        listings::remove(&txn, course.id).await?;
        store::schedules::delete(&txn, course.id).await?;
        let event = CourseArchived {
            course_id: course.id,
        };
        bus::append(&txn, &self.env, operation, MODULE, &event).await?;
        let detail = self.authoring.detail(&txn, course).await?;
        txn.commit().await?;
        Ok(self.authoring.named(detail).await)
    }

    /// Brings an archived course back as it was; nothing new is published.
    pub(crate) async fn restore(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        expected: &Expected,
    ) -> Result<CourseDetail, Error> {
        let db = self.database.read();
        let seen = self.authoring.find(db, course).await?;
        self.authoring.require(db, caller, &seen, Need::Own).await?;
        expected.check(seen.version)?;
        if seen.status != Status::Archived {
            return Err(Error::NotArchived);
        }
        let version = store::versions::find(db, seen.id, seen.published_version).await?;
        let version = match version {
            Some(version) => Some((self.prepare_version(&version).await?, version)),
            None => None,
        };
        let _place = self.drafts.enter().await?;
        let txn = self.database.begin().await?;
        let opened = self.authoring.open(&txn, caller, course, Need::Own);
        let mut course = opened.await?;
        expected.check(course.version)?;
        // What was read outside the transaction still has to be so.
        if course.published_version != seen.published_version {
            return Err(Error::Busy);
        }
        if course.status != Status::Archived {
            return Err(Error::NotArchived);
        }
        course.status = Status::Draft;
        course.version += 1;
        course.updated_at = self.env.now();
        if let Some((prepared, version)) = version {
            course.status = Status::Published;
            let listed = (prepared, version, caller.user_id);
            self.list_again(&txn, operation, &course, listed).await?;
        }
        courses::save(&txn, &course).await?;
        let detail = self.authoring.detail(&txn, course).await?;
        txn.commit().await?;
        Ok(self.authoring.named(detail).await)
    }

    /// Puts a version into the catalogue again. Published once more, it opens the course to learners.
    async fn list_again(
        &self,
        txn: &Transaction,
        operation: &Operation,
        course: &CourseRecord,
        (prepared, version, restorer): (Prepared, VersionRecord, UserId),
    ) -> Result<(), Error> {
        put_into_catalogue(txn, course, &version, prepared).await?;
        let event = CoursePublished {
            outline: OutlineView {
                slug: course.slug.clone(),
                ..version.outline
            },
            change_notes: version.change_notes,
            published_by: version.published_by.unwrap_or(restorer),
        };
        Ok(bus::append(txn, &self.env, operation, MODULE, &event).await?)
    }

    /// Publishes the draft in the transaction of its caller.
    ///
    /// # Errors
    /// [`Error::NothingToPublish`], [`Error::Incomplete`], [`Error::Unchanged`] and [`Error::TooManyVersions`]; the caller
    /// must not commit then.
    pub(crate) async fn publish_draft(
        &self,
        txn: &Transaction,
        operation: &Operation,
        course: &mut CourseRecord,
        new: Publishing,
    ) -> Result<(), Error> {
        if course.status == Status::Archived {
            return Err(Error::Archived);
        }
        let version = self.next_version(txn, course, &new).await?;
        if course.status == Status::Published && is_published(txn, &version).await? {
            return Err(Error::Unchanged(course.published_version));
        }
        store::versions::insert(txn, &version).await?;
        store::draft::copy(txn, course.id, version.number).await?;
        assets::versions::copy(txn, course.id, version.number).await?;
        let (versions, bytes) = store::draft::kept(txn, course.id).await?;
        if versions > MAX_VERSIONS || bytes > MAX_VERSION_BYTES {
            return Err(Error::TooManyVersions(versions - 1));
        }
        store::schedules::delete(txn, course.id).await?;
        course.status = Status::Published;
        course.published_version = version.number;
        course.terms = Some(Terms::of(&course.body));
        course.version += 1;
        course.updated_at = version.published_at;
        courses::save(txn, course).await?;
        put_into_catalogue(txn, course, &version, new.prepared).await?;
        let event = CoursePublished {
            outline: version.outline,
            change_notes: version.change_notes,
            published_by: new.publisher,
        };
        Ok(bus::append(txn, &self.env, operation, MODULE, &event).await?)
    }

    /// The version that the draft would be, without its texts.
    async fn next_version(
        &self,
        txn: &Transaction,
        course: &CourseRecord,
        new: &Publishing,
    ) -> Result<VersionRecord, Error> {
        let draft = Draft::read(txn, course).await?;
        if draft.sections.is_empty() {
            return Err(Error::NothingToPublish(
                "the course has no section; add one, and a lesson in it",
            ));
        }
        if draft.lessons.is_empty() {
            return Err(Error::NothingToPublish(
                "no section of the course has a lesson; add one",
            ));
        }
        let number = course.published_version + 1;
        let mut outline = draft.outline(course, number);
        let required = self
            .authoring
            .prerequisites(txn, &course.body.prerequisites);
        let required = required.await?.into_iter();
        outline.prerequisites = required
            .map(|course| OutlinePrerequisite {
                course_id: course.course_id,
                title: course.title,
            })
            .collect();
        let mut faults = obstacles(&outline);
        faults.extend(missing_assets(txn, course, &new.prepared).await?);
        if !faults.is_empty() {
            return Err(Error::Incomplete(faults));
        }
        let sections = draft.sections.into_iter().map(|section| VersionSection {
            id: section.id,
            body: section.body,
        });
        Ok(VersionRecord {
            course_id: course.id,
            number,
            change_notes: new.notes.clone(),
            published_by: Some(new.publisher),
            published_at: self.env.now(),
            outline,
            bytes: 0,
            meta: VersionMeta {
                course: course.body.clone(),
                sections: sections.collect(),
            },
        })
    }
}

/// Puts a version into the catalogue, with all by which it is found.
async fn put_into_catalogue(
    txn: &Transaction,
    course: &CourseRecord,
    version: &VersionRecord,
    prepared: Prepared,
) -> Result<(), Error> {
    let listed = Listed {
        course: course.id,
        number: version.number,
        slug: &course.slug,
        body: &version.meta.course,
        duration_minutes: version.duration_minutes(),
        published_at: version.published_at,
        words: prepared.words,
    };
    listings::put(txn, listed).await
}

/// What no learner could get past, with the place in the outline.
fn obstacles(outline: &OutlineView) -> Vec<FieldFault> {
    let mut faults = Vec::new();
    for (index, section) in outline.sections.iter().enumerate() {
        let at = format!("/sections/{index}");
        let title = &section.title;
        if section.lessons.is_empty() {
            let message =
                format!("the section “{title}” has no lesson; add one, or delete the section");
            faults.push(FieldFault::new(&at, "section_empty", message));
        }
        for (index, lesson) in section.lessons.iter().enumerate() {
            let by_exercises = lesson.completion == CompletionRule::Exercises;
            if by_exercises && lesson.exercises.is_empty() {
                let message = format!(
                    "the lesson “{}” is completed by its exercises and has none; add one, or set completion to read",
                    lesson.title
                );
                let at = format!("{at}/lessons/{index}");
                faults.push(FieldFault::new(at, "exercises_missing", message));
            }
        }
    }
    faults
}

/// Whether the newest version says the very same.
async fn is_published(txn: &Transaction, version: &VersionRecord) -> Result<bool, Error> {
    let (course, number) = (version.course_id, version.number - 1);
    let Some(newest) = store::versions::find(txn, course, number).await? else {
        return Ok(false);
    };
    let same_shape =
        newest.meta == version.meta && newest.outline.sections == version.outline.sections;
    Ok(same_shape
        && !store::draft::differs(txn, course, number).await?
        && assets::versions::is_published(txn, course, number).await?)
}
