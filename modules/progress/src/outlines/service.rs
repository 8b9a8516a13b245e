//! Keeps copies of published outlines, and requests those whose event has not arrived yet.

use std::sync::Arc;

use contracts::course::{
    Admission, CourseApi, CourseArchived, CoursePublished, CourseUpdated, OutlineView,
};
use contracts::course_ref::CourseRef;
use database::Transaction;
use kernel::{Caller, CourseId, Failure, Role, UserId};
use moka::sync::Cache;
use sea_orm::ConnectionTrait;

use super::store;
use super::store::CourseRecord;
use crate::error::Error;

/// How many bytes of JSON the outlines that are kept parsed were read from.
const KEPT_BYTES: u64 = 32 * 1024 * 1024;

type Parsed = Cache<(CourseId, i64), (Arc<OutlineView>, u32)>;

/// Outlines of courses.
#[derive(Clone)]
pub(crate) struct Service {
    courses: Arc<dyn CourseApi>,
    /// Versions never change, so nothing but room for others drops one.
    parsed: Parsed,
}

impl Service {
    pub(crate) fn new(courses: Arc<dyn CourseApi>) -> Self {
        let parsed = Cache::builder()
            .max_capacity(KEPT_BYTES)
            .weigher(|_, (_, weight): &(Arc<OutlineView>, u32)| *weight)
            .build();
        Self { courses, parsed }
    }

    /// The outline of a version, read and parsed once.
    pub(crate) async fn get(
        &self,
        db: &impl ConnectionTrait,
        course: CourseId,
        version: i64,
    ) -> Result<Arc<OutlineView>, Error> {
        let key = (course, version);
        if let Some((outline, _)) = self.parsed.get(&key) {
            return Ok(outline);
        }
        let found = store::find_weighed(db, course, version).await?;
        let (outline, weight) = found.ok_or(Error::CourseNotFound)?;
        let outline = Arc::new(outline);
        self.parsed.insert(key, (Arc::clone(&outline), weight));
        Ok(outline)
    }

    /// A new version changes nothing for those who are enrolled.
    pub(crate) async fn on_course_published(
        &self,
        txn: &Transaction,
        event: CoursePublished,
        sequence: i64,
    ) -> Result<(), Error> {
        upsert_outline(txn, &event.outline, sequence).await
    }

    /// A course that was renamed is shown under its new slug, whatever the version.
    pub(crate) async fn on_course_updated(
        &self,
        txn: &Transaction,
        event: CourseUpdated,
        sequence: i64,
    ) -> Result<(), Error> {
        store::rename(txn, event.course_id, &event.slug, sequence).await
    }

    /// An archived course takes in nobody new.
    pub(crate) async fn on_course_archived(
        &self,
        txn: &Transaction,
        event: CourseArchived,
    ) -> Result<(), Error> {
        store::archive(txn, event.course_id).await
    }

    /// The present outline of a course, from the course module. It is requested before a transaction begins, which
    /// must not wait for it.
    pub(crate) async fn fetch(&self, course: CourseId) -> Result<Option<OutlineView>, Failure> {
        self.courses.outline(course).await
    }

    /// What a user is to a course, from the course module, which redeems the code of an invitation.
    pub(crate) async fn admit(
        &self,
        course: CourseId,
        user: UserId,
        invitation_code: Option<&str>,
    ) -> Result<Admission, Failure> {
        self.courses.admit(course, user, invitation_code).await
    }

    /// The course, when the caller may change it. Who may not know of it learns nothing else.
    pub(crate) async fn find_for_editor(
        &self,
        db: &impl ConnectionTrait,
        caller: &Caller,
        course: &CourseRef,
    ) -> Result<CourseId, Error> {
        let id = match course {
            CourseRef::Id(id) => *id,
            CourseRef::Slug(slug) => {
                let found = store::find_by_slug(db, slug).await?;
                found.ok_or(Error::CourseNotFound)?
            }
        };
        let known = store::find_course(db, id).await?;
        let known = known.ok_or(Error::CourseNotFound)?;
        if caller.has(Role::Admin) {
            return Ok(id);
        }
        let admission = self.admit(id, caller.user_id, None).await?;
        match (admission.editor, admission.staff || !known.invite_only) {
            (true, _) => Ok(id),
            (false, true) => Err(Error::EditorRequired),
            (false, false) => Err(Error::CourseNotFound),
        }
    }

    /// The outline of the newest version of a course in which somebody is enrolled: the one that its
    /// module has just `answered`, if that is newer than what was received.
    pub(crate) async fn newest(
        &self,
        db: &impl ConnectionTrait,
        course: CourseId,
        answered: Result<Option<OutlineView>, Failure>,
    ) -> Result<Arc<OutlineView>, Error> {
        let known = store::find_course(db, course).await?;
        let known = known.ok_or(Error::CourseNotFound)?;
        match answered {
            Ok(Some(outline)) if outline.version > known.newest => Ok(Arc::new(outline)),
            _ => self.get(db, course, known.newest).await,
        }
    }

    /// Keeps an outline whose event may not have arrived yet.
    pub(crate) async fn keep(&self, txn: &Transaction, outline: &OutlineView) -> Result<(), Error> {
        let known = store::find_course(txn, outline.course_id).await?;
        match known.is_some_and(|known| known.newest >= outline.version) {
            true => Ok(()),
            false => upsert_outline(txn, outline, 0).await,
        }
    }

    /// The course, when it takes learners in. What was received may be older than what its module
    /// has just `answered`, so each of the two can say no, and the newer version is the one to enroll in;
    /// while that module is away, what was received decides.
    pub(crate) async fn find_open(
        &self,
        txn: &Transaction,
        course: CourseId,
        answered: Result<Option<OutlineView>, Failure>,
    ) -> Result<CourseRecord, Error> {
        let known = store::find_course(txn, course).await?;
        match (known, answered) {
            (Some(known), _) if known.archived => Err(Error::CourseArchived),
            (Some(_), Ok(None)) => Err(Error::CourseArchived),
            (Some(known), Ok(Some(outline))) if outline.version <= known.newest => Ok(known),
            (Some(known), Err(_)) => Ok(known),
            (_, Ok(Some(outline))) => {
                upsert_outline(txn, &outline, 0).await?;
                Ok(CourseRecord::open(&outline, 0))
            }
            (None, Ok(None)) => Err(Error::CourseNotFound),
            (None, Err(failure)) => Err(failure.into()),
        }
    }
}

/// Keeps the shape of a published version; the newest one is what new learners get. `sequence` is the
/// number of the event that brought it.
async fn upsert_outline(
    txn: &Transaction,
    outline: &OutlineView,
    sequence: i64,
) -> Result<(), Error> {
    let known = store::find_course(txn, outline.course_id).await?;
    store::insert(txn, outline).await?;
    store::insert_lessons(txn, outline).await?;
    // The same version again opens the course: it may have been requested before its event arrived,
    // and an older archiving received in between.
    if known
        .as_ref()
        .is_some_and(|known| known.newest > outline.version)
    {
        return Ok(());
    }
    let mut course = CourseRecord::open(outline, sequence);
    if let Some(newer) = known.filter(|known| known.slug_sequence > sequence) {
        course.slug = newer.slug;
        course.slug_sequence = newer.slug_sequence;
    }
    store::upsert_course(txn, outline.course_id, course).await?;
    store::replace_tags(txn, outline.course_id, &outline.tags).await
}
