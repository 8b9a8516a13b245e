//! Joining and leaving lines, and giving free seats to whoever is first.

use std::collections::BTreeMap;

use contracts::course_ref::CourseRef;
use database::{Database, idempotency};
use kernel::{Caller, CourseId, Env, Fault, Kind, Operation, Outcome, Page, PageRequest, UserId};

use super::request::JoinWaitingList;
use super::view::{Joined, WaitingLearner, WaitingListEntry};
use crate::domain::Enrollment;
use crate::error::Error;
use crate::recording::enrollments;
use crate::seats::{self, departures, settings, waiting};
use crate::{enrollment, learners, outlines};

/// How many courses a call looks after at most.
const MAX_COURSES: u64 = 20;
/// How many learners of a course a call enrolls at most: others wait behind them.
const BATCH: u64 = 50;

/// Waiting lists of courses.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    env: Env,
    outlines: outlines::Service,
    enrollment: enrollment::Service,
}

impl Service {
    pub(crate) fn new(
        database: Database,
        env: Env,
        outlines: outlines::Service,
        enrollment: enrollment::Service,
    ) -> Self {
        Self {
            database,
            env,
            outlines,
            enrollment,
        }
    }

    /// Puts a learner at the end of the line of a course that is full.
    pub(crate) async fn join(
        &self,
        learner: UserId,
        request: &JoinWaitingList,
        operation: &Operation,
    ) -> Result<Outcome<Joined>, Error> {
        let (course, code) = (request.course_id, request.invitation_code.as_deref());
        let answered = &self.outlines.fetch(course).await;
        let entry = self.enrollment.entry(learner, course, code, answered);
        let entry = &entry.await?;
        database::retry_transaction(move || async move {
            let txn = self.database.begin_private().await?;
            let now = operation.moment(self.env.now());
            if let Some(first) = idempotency::replay(&txn, now, operation).await? {
                return Ok(first);
            }
            let learner = learners::lock(&txn, learner).await?;
            let learner = learner.ok_or(Error::UserErased)?.id;
            let existing = enrollments::find_by_course(&txn, learner, course).await?;
            if existing.as_ref().is_some_and(Enrollment::is_active) {
                return Err(Error::AlreadyEnrolled);
            }
            let created = waiting::find(&txn, course, learner).await?.is_none();
            if created {
                entry.clone().require()?;
                enrollment::check_removed(existing.as_ref(), now)?;
                let open = self.outlines.find_open(&txn, course, answered.clone());
                let version = open.await?.newest;
                enrollment::check_return(&txn, existing.as_ref(), now).await?;
                seats::require_place(&txn, learner).await?;
                let settings = seats::lock(&txn, course).await?;
                if seats::are_free(&txn, course, settings, (learner, now), 0).await? {
                    return Err(Error::SeatsAvailable);
                }
                let outline = self.outlines.get(&txn, course, version).await?;
                waiting::insert(&txn, course, learner, &outline.title, (false, now)).await?;
                departures::delete(&txn, course, learner).await?;
            }
            let placed = waiting::find(&txn, course, learner).await?;
            let placed = placed.ok_or(Error::WaitingListEntryNotFound)?;
            let joined = Joined {
                entry: WaitingListEntry::of(placed),
                created,
            };
            let kept = idempotency::keep(&txn, operation, joined).await?;
            txn.commit().await?;
            Ok(kept)
        })
        .await
    }

    pub(crate) async fn leave(&self, learner: UserId, course: CourseId) -> Result<(), Error> {
        let txn = self.database.begin_private().await?;
        // Whoever is just being enrolled from the list is enrolled, and is told so.
        learners::lock(&txn, learner)
            .await?
            .ok_or(Error::UserErased)?;
        if !waiting::delete(&txn, course, learner).await? {
            return Err(Error::WaitingListEntryNotFound);
        }
        departures::insert(&txn, course, learner, self.env.now()).await?;
        Ok(txn.commit().await?)
    }

    /// What a learner waits for.
    pub(crate) async fn list_of(
        &self,
        learner: UserId,
        page_request: &PageRequest,
    ) -> Result<Page<WaitingListEntry>, Error> {
        let page = waiting::list_of(self.database.read(), learner, page_request).await?;
        Ok(page.map(WaitingListEntry::of))
    }

    /// Who waits for a course.
    pub(crate) async fn list(
        &self,
        caller: &Caller,
        course: &CourseRef,
        page_request: &PageRequest,
    ) -> Result<Page<WaitingLearner>, Error> {
        let db = self.database.read();
        let course = self.outlines.find_for_editor(db, caller, course).await?;
        let page = waiting::list(db, course, page_request).await?;
        let ids: Vec<UserId> = page.items.iter().map(|one| one.learner).collect();
        let known = learners::list(db, &ids).await?.into_iter();
        let mut names: BTreeMap<UserId, Option<String>> =
            known.map(|one| (one.id, one.display_name)).collect();
        Ok(page.map(|one| WaitingLearner {
            learner_id: one.learner,
            display_name: names.remove(&one.learner).flatten(),
            joined_at: one.joined_at,
        }))
    }

    /// Forgets who left a line more than a day ago; returns how many.
    pub(crate) async fn forget_departures(&self) -> Result<u64, Error> {
        let txn = self.database.begin_private().await?;
        let forgotten = departures::delete_old(&txn, self.env.now()).await?;
        txn.commit().await?;
        Ok(forgotten)
    }

    /// Gives free seats to those who are first in line; returns how many were enrolled. One course or learner that fails
    /// holds up no other.
    pub(crate) async fn promote_due(&self) -> Result<u64, Error> {
        let (db, now) = (self.database.read(), self.env.now());
        let mut enrolled = 0;
        for course in waiting::list_courses_with_room(db, now, MAX_COURSES).await? {
            match self.promote(course).await {
                Ok(count) => enrolled += count,
                Err(error) => {
                    tracing::warn!(%course, %error, "the waiting list of a course did not move on; trying it again");
                }
            }
        }
        Ok(enrolled)
    }

    /// The course is put behind all others first, so that one that fails leaves room for them.
    /// Each learner is enrolled in a transaction of their own, which takes them out of the line, so that a process that
    /// ends in between leaves nothing half done.
    async fn promote(&self, course: CourseId) -> Result<u64, Error> {
        let (mut enrolled, now) = (0, self.env.now());
        let txn = self.database.begin_private().await?;
        settings::defer(&txn, course, now).await?;
        txn.commit().await?;
        let answered = self.outlines.fetch(course).await;
        let operation = Operation::system("waiting list");
        for learner in waiting::list_first(self.database.read(), course, now, BATCH).await? {
            let promoted = self
                .enrollment
                .promote(learner, course, &answered, &operation);
            match promoted.await {
                Ok(promoted) => enrolled += u64::from(promoted),
                Err(Error::CourseFull | Error::CourseArchived) => break,
                Err(error) if error.kind() == Kind::Unavailable => {
                    tracing::warn!(%course, %error, "a learner was not enrolled from the waiting list of a course; trying it again");
                }
                // What keeps this learner away keeps away nobody behind them.
                Err(error) => {
                    tracing::warn!(%course, %error, "a learner is passed over on the waiting list of a course for an hour");
                    let txn = self.database.begin_private().await?;
                    waiting::defer(&txn, course, learner, now).await?;
                    txn.commit().await?;
                }
            }
        }
        Ok(enrolled)
    }
}
