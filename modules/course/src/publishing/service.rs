//! Which edition of a course a caller gets, and the use cases of published versions.

mod diff;
mod prepare;
mod publish;
mod references;
mod schedule;

pub(crate) use publish::Publishing;

use std::sync::Arc;
use std::time::Duration;

use contracts::course_ref::CourseRef;
use database::Database;
use kernel::{Caller, CourseId, Env, ExerciseId, LessonId, Page, PageRequest};
use rest::Lane;

use super::content::Content;
use super::request::EditionQuery;
use super::store;
use super::view::{CourseOutline, VersionDetail, VersionSummary};
use crate::authoring;
use crate::authoring::CourseRecord;
use crate::domain::Need;
use crate::enrollments::{self, Standing};
use crate::error::Error;
use crate::invitations::redemptions;
use crate::publishing::store::VersionRecord;

/// Longer than comparing two of the largest versions takes behind some others.
const DEADLINE: Duration = Duration::from_secs(20);

/// What of a course is read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Edition {
    Draft,
    /// The version with this number.
    Published(i64),
}

/// The use cases of published versions.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    env: Env,
    authoring: authoring::Service,
    content: Content,
    lane: Lane,
    /// Whoever writes a whole version waits here, and not with a connection that others need.
    drafts: Lane,
}

impl Service {
    pub(crate) fn new(
        database: Database,
        env: Env,
        authoring: authoring::Service,
        drafts: Lane,
    ) -> Self {
        Self {
            content: Content::new(database.clone()),
            database,
            env,
            authoring,
            lane: Lane::beside_requests(DEADLINE),
            drafts,
        }
    }

    /// What published versions hold.
    pub(crate) fn content(&self) -> &Content {
        &self.content
    }

    /// The course and the edition that the caller asks for and may see.
    pub(crate) async fn edition(
        &self,
        caller: &Caller,
        course: &CourseRef,
        query: &EditionQuery,
    ) -> Result<(Arc<CourseRecord>, Edition), Error> {
        let db = self.database.read();
        let course = self.authoring.known(course).await?;
        self.let_in(caller, &course).await?;
        let draft = query.draft.unwrap_or(false);
        if draft || course.published_version == 0 {
            let may = self.authoring.require(db, caller, &course, Need::Read);
            may.await?;
        }
        if draft {
            return Ok((course, Edition::Draft));
        }
        let number = match query.version {
            Some(number) => number,
            None => self.version_for(caller, &course).await?,
        };
        if number == 0 {
            return Ok((course, Edition::Draft));
        }
        let known = number == course.published_version
            || self.content.version(course.id, number).await?.is_some();
        match known {
            true => Ok((course, Edition::Published(number))),
            false => Err(no_version()),
        }
    }

    /// The same of the course of a lesson.
    pub(crate) async fn edition_of_lesson(
        &self,
        caller: &Caller,
        lesson: LessonId,
        query: &EditionQuery,
    ) -> Result<(Arc<CourseRecord>, Edition), Error> {
        let course = self.authoring.course_of_lesson(lesson).await?;
        let read = self.edition(caller, &course, query).await;
        read.map_err(|error| error.hiding("lesson"))
    }

    /// The same of the course of an exercise.
    pub(crate) async fn edition_of_exercise(
        &self,
        caller: &Caller,
        exercise: ExerciseId,
        query: &EditionQuery,
    ) -> Result<(Arc<CourseRecord>, Edition), Error> {
        let course = self.authoring.course_of_exercise(exercise).await?;
        let read = self.edition(caller, &course, query).await;
        read.map_err(|error| error.hiding("exercise"))
    }

    /// Refuses those who may not know of a course by invitation. What is kept ready is asked for behind this.
    async fn let_in(&self, caller: &Caller, course: &CourseRecord) -> Result<(), Error> {
        if course.terms.is_none() || course.is_open() {
            return Ok(());
        }
        let (db, user) = (self.database.read(), caller.user_id);
        let is_in = match enrollments::standing_of(db, course.id, user).await? {
            Some(Standing::Enrolled) => true,
            Some(Standing::Barred) => false,
            None => redemptions::exists(db, course.id, user).await?,
        };
        match is_in {
            true => Ok(()),
            false => Ok(self
                .authoring
                .require(db, caller, course, Need::Read)
                .await?),
        }
    }

    /// The query with the version that the caller gets when it names none.
    pub(crate) async fn pinned(
        &self,
        caller: &Caller,
        course: &CourseRef,
        query: EditionQuery,
    ) -> Result<EditionQuery, Error> {
        let course = self.authoring.known(course).await?;
        self.let_in(caller, &course).await?;
        if query.version.is_some() || query.draft.unwrap_or(false) {
            return Ok(query);
        }
        let number = self.version_for(caller, &course).await?;
        Ok(EditionQuery {
            version: Some(number).filter(|number| *number > 0),
            draft: query.draft,
        })
    }

    /// The version in which the caller is enrolled, or else the newest; 0 before the first.
    async fn version_for(&self, caller: &Caller, course: &CourseRecord) -> Result<i64, Error> {
        let newest = course.published_version;
        if newest <= 1 {
            return Ok(newest);
        }
        let db = self.database.read();
        let own = enrollments::version_of(db, course.id, caller.user_id).await?;
        Ok(own.unwrap_or(newest))
    }

    /// What a version keeps beside its texts.
    pub(crate) async fn version(
        &self,
        course: CourseId,
        number: i64,
    ) -> Result<Arc<VersionRecord>, Error> {
        let version = self.content.version(course, number).await?;
        version.ok_or_else(no_version)
    }

    pub(crate) async fn list(
        &self,
        caller: &Caller,
        course: &CourseRef,
        page_request: &PageRequest,
    ) -> Result<Page<VersionSummary>, Error> {
        let newest = EditionQuery::default();
        let (course, _) = self.edition(caller, course, &newest).await?;
        let db = self.database.read();
        let page = store::versions::list(db, course.id, page_request).await?;
        let role = self.authoring.role_of(db, caller, course.id).await?;
        if !role.is_staff() {
            return Ok(page.map(VersionSummary::from));
        }
        let learners = enrollments::count_learners(db, course.id).await?;
        Ok(page.map(|version| VersionSummary {
            learners: Some(learners.get(&version.number).copied().unwrap_or(0)),
            ..VersionSummary::from(version)
        }))
    }

    pub(crate) async fn find(
        &self,
        caller: &Caller,
        course: &CourseRef,
        number: i64,
    ) -> Result<VersionDetail, Error> {
        let newest = EditionQuery::default();
        let (course, _) = self.edition(caller, course, &newest).await?;
        // Not from what is kept, because who has published it may have been erased since.
        let found = store::versions::find(self.database.read(), course.id, number).await?;
        let version = found.ok_or_else(no_version)?;
        let duration_minutes = version.duration_minutes();
        let body = version.meta.course;
        let db = self.database.read();
        let prerequisites = self.authoring.public_prerequisites(db, &body);
        let prerequisites = prerequisites.await?;
        Ok(VersionDetail {
            course_id: course.id,
            number,
            language: body.language,
            author_names: body.author_names,
            license: body.license,
            prerequisites,
            duration_minutes,
            change_notes: version.change_notes,
            published_by: version.published_by,
            published_at: version.published_at,
            outline: CourseOutline::new(version.outline, course.slug.clone(), Some(number)),
        })
    }
}

fn no_version() -> Error {
    Error::NotFound("version of this course")
}
