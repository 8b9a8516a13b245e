//! What of each edition is shown to whom.

mod assets;
mod exercises;
mod lessons;

use std::sync::Arc;

use async_trait::async_trait;
use contracts::course::{Admission, CourseApi, OutlineView};
use contracts::course_ref::CourseRef;
use database::Database;
use kernel::{Caller, CourseId, Failure, UserId};

use crate::authoring::{CourseDetail, CourseRecord, Draft, courses};
use crate::domain::{Need, Status, Visibility};
use crate::enrollments::{self, Standing};
use crate::error::Error;
use crate::invitations::redemptions;
use crate::markdown::Pages;
use crate::publishing::{CourseOutline, Edition, EditionQuery, VersionRecord, versions};
use crate::reading::request::ReadText;
use crate::{assessment, authoring, invitations, publishing};

/// Shows the editions of courses.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    authoring: authoring::Service,
    publishing: publishing::Service,
    assessment: assessment::Service,
    invitations: invitations::Service,
    pages: Pages,
}

impl Service {
    pub(crate) fn new(
        database: Database,
        authoring: authoring::Service,
        publishing: publishing::Service,
        assessment: assessment::Service,
        invitations: invitations::Service,
        pages: Pages,
    ) -> Self {
        Self {
            database,
            authoring,
            publishing,
            assessment,
            invitations,
            pages,
        }
    }

    /// The query with the version that the caller gets when it names none.
    pub(crate) async fn pinned(
        &self,
        caller: &Caller,
        course: &CourseRef,
        query: EditionQuery,
    ) -> Result<EditionQuery, Error> {
        self.publishing.pinned(caller, course, query).await
    }

    /// What to say of a part that a version has not. Who works on the course may find it in the draft.
    async fn absent(&self, caller: &Caller, course: CourseId, part: &'static str) -> Error {
        let db = self.database.read();
        match self.authoring.role_of(db, caller, course).await {
            Ok(role) if role.is_staff() => Error::NotInVersion(part),
            Ok(_) => Error::NotFound(part),
            Err(error) => error,
        }
    }

    /// The newest version of a course that is public, which needs no account.
    async fn public(
        &self,
        course: &CourseRef,
        query: &EditionQuery,
    ) -> Result<(Arc<CourseRecord>, Arc<VersionRecord>), Error> {
        let refused = |error| match error {
            Error::NotFound(_) => Error::NotPublic,
            other => other,
        };
        let course = self.authoring.known(course).await.map_err(refused)?;
        let is_plain = query.version.is_none() && !query.draft.unwrap_or(false);
        if !is_plain || course.status != Status::Published {
            return Err(Error::NotPublic);
        }
        let number = course.published_version;
        let version = self.publishing.version(course.id, number).await?;
        match version.meta.course.visibility {
            Visibility::Public => Ok((course, version)),
            _ => Err(Error::NotPublic),
        }
    }

    /// What a visitor sees of a course.
    pub(crate) async fn public_course(
        &self,
        course: &CourseRef,
        query: &ReadText,
    ) -> Result<CourseDetail, Error> {
        let (course, version) = self.public(course, &query.edition()).await?;
        self.shown(&course, Some(&version), query).await
    }

    /// What a visitor sees of its outline.
    pub(crate) async fn public_outline(
        &self,
        course: &CourseRef,
        query: &EditionQuery,
    ) -> Result<CourseOutline, Error> {
        let (course, version) = self.public(course, query).await?;
        let (outline, slug) = (version.outline.clone(), course.slug.clone());
        Ok(CourseOutline::new(outline, slug, Some(version.number)))
    }

    pub(crate) async fn course(
        &self,
        caller: &Caller,
        course: &CourseRef,
        query: &ReadText,
    ) -> Result<CourseDetail, Error> {
        let wanted = query.edition();
        let (course, edition) = self.publishing.edition(caller, course, &wanted).await?;
        let version = match edition {
            Edition::Draft => None,
            Edition::Published(number) => Some(self.publishing.version(course.id, number).await?),
        };
        self.shown(&course, version.as_deref(), query).await
    }

    /// The course as a version has it, or else as the draft has it.
    async fn shown(
        &self,
        course: &CourseRecord,
        version: Option<&VersionRecord>,
        query: &ReadText,
    ) -> Result<CourseDetail, Error> {
        let mut course = course.clone();
        if let Some(version) = version {
            course.body = version.meta.course.clone();
        }
        let db = self.database.read();
        let detail = match version {
            Some(_) => self.authoring.public_detail(db, course).await?,
            None => self.authoring.detail(db, course).await?,
        };
        let mut detail = self.authoring.named(detail).await;
        if let Some(version) = version {
            detail.shown_version = Some(version.number);
            detail.duration_minutes = version.duration_minutes();
        }
        if query.is_html()
            && let Some(text) = detail.description.take()
        {
            let links = query.links(detail.id);
            let html = self.pages.html(text, links).await?;
            detail.description_html = Some(html.as_ref().to_owned());
        }
        Ok(detail)
    }

    /// The outline and the version of its ETag.
    pub(crate) async fn course_outline(
        &self,
        caller: &Caller,
        course: &CourseRef,
        query: &EditionQuery,
    ) -> Result<(CourseOutline, i64), Error> {
        let (course, edition) = self.publishing.edition(caller, course, query).await?;
        let (outline, shown) = match edition {
            Edition::Published(number) => {
                let version = self.publishing.version(course.id, number).await?;
                (version.outline.clone(), Some(number))
            }
            Edition::Draft => {
                let draft = Draft::read(self.database.read(), &course).await?;
                (draft.outline(&course, 0), None)
            }
        };
        let outline = CourseOutline::new(outline, course.slug.clone(), shown);
        Ok((outline, shown.unwrap_or(course.version)))
    }

    async fn admission(
        &self,
        course: CourseId,
        user: UserId,
        invitation_code: Option<&str>,
    ) -> Result<Admission, Error> {
        let db = self.database.read();
        // Who lost their role stays on the staff list, and administrators are on none.
        let roles = self.authoring.roles_now(user).await?;
        let role = self.authoring.role_with(db, (user, &roles), course).await?;
        let invited = match invitation_code {
            Some(code) => self.invitations.redeem(course, user, code).await?,
            None => {
                let standing = enrollments::standing_of(db, course, user).await?;
                standing != Some(Standing::Barred) && redemptions::exists(db, course, user).await?
            }
        };
        Ok(Admission {
            staff: role.is_staff(),
            editor: role.require(Need::Edit, true).is_ok(),
            invited,
        })
    }

    async fn newest_outline(&self, course: CourseId) -> Result<Option<OutlineView>, Error> {
        let db = self.database.read();
        let Some(course) = courses::find(db, &course.into()).await? else {
            return Ok(None);
        };
        if course.status != Status::Published {
            return Ok(None);
        }
        let version = versions::find(db, course.id, course.published_version).await?;
        Ok(version.map(|version| OutlineView {
            slug: course.slug,
            ..version.outline
        }))
    }
}

#[async_trait]
impl CourseApi for Service {
    async fn outline(&self, course: CourseId) -> Result<Option<OutlineView>, Failure> {
        let found = self.newest_outline(course).await;
        found.map_err(|error| Failure::of(&error))
    }

    async fn admit(
        &self,
        course: CourseId,
        user: UserId,
        invitation_code: Option<&str>,
    ) -> Result<Admission, Failure> {
        let admission = self.admission(course, user, invitation_code).await;
        admission.map_err(|error| Failure::of(&error))
    }
}
