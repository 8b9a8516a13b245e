//! Courses as a whole: create, read, change, archive, delete.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use contracts::course::{CourseArchived, CourseCreated, CourseDeleted, CourseUpdated};
use database::idempotency;
use kernel::text::slug;
use kernel::{CourseId, Expected, Operation, Outcome, UserId};
use rest::Caller;
use sea_orm::ConnectionTrait;

use super::reading::Edition;
use super::structure::Checked;
use super::{MODULE, Need, Service};
use crate::Error;
use crate::command::{ChangeCourse, CreateCourse, EditionQuery};
use crate::content::{CourseBody, StaffRole, Status};
use crate::reference::CourseRef;
use crate::store::courses::CourseRecord;
use crate::store::staff::StaffRecord;
use crate::store::{self, versions::VersionRecord};
use crate::view::{Author, CourseDetail};

impl Service {
    pub(crate) async fn create(
        &self,
        author: &Caller,
        operation: &Operation,
        new: CreateCourse,
    ) -> Result<Outcome<CourseDetail>, Error> {
        let txn = self.database.begin().await?;
        let now = self.ambient.now();
        if let Some(first) = idempotency::replay(&*txn, now, operation).await? {
            drop(txn);
            return Ok(self.named_outcome(first).await);
        }
        let (slug, body) = new.into_parts();
        let body = body.checked()?;
        let slug = self.free_slug(&*txn, slug, &body.title).await?;
        let course = self
            .insert_course(&*txn, operation, None, slug, body, author.user_id)
            .await?;
        let authors = authors(&*txn, course.id).await?;
        let kept = idempotency::keep(&*txn, operation, detail(course, None, authors)).await?;
        txn.commit().await?;
        Ok(self.named_outcome(kept).await)
    }

    /// The slug that was asked for, or one made of the title.
    async fn free_slug(
        &self,
        txn: &impl ConnectionTrait,
        wanted: Option<String>,
        title: &str,
    ) -> Result<String, Error> {
        let nobody: CourseId = self.ambient.id();
        if let Some(wanted) = wanted {
            return match store::courses::slug_taken(txn, &wanted, nobody).await? {
                true => Err(Error::SlugTaken(wanted)),
                false => Ok(wanted),
            };
        }
        let base = match slug(title, 70) {
            short if short.len() < 3 => "course".to_owned(),
            base => base,
        };
        let mut slug = base.clone();
        for number in 2..100 {
            if !store::courses::slug_taken(txn, &slug, nobody).await? {
                return Ok(slug);
            }
            slug = format!("{base}-{number}");
        }
        Err(Error::SlugTaken(base))
    }

    /// Writes a new draft, makes `owner` its owner and tells of it.
    pub(super) async fn insert_course(
        &self,
        txn: &impl ConnectionTrait,
        operation: &Operation,
        id: Option<CourseId>,
        slug: String,
        body: CourseBody,
        owner: UserId,
    ) -> Result<CourseRecord, Error> {
        let now = self.ambient.now();
        let course = CourseRecord {
            id: id.unwrap_or_else(|| self.ambient.id()),
            slug,
            body,
            status: Status::Draft,
            seed: BASE64_URL_SAFE_NO_PAD.encode(self.ambient.bytes::<24>()),
            published_version: 0,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        store::courses::insert(txn, &course)
            .await
            .map_err(|error| match database::is_unique_violation(&error) {
                true => Error::SlugTaken(course.slug.clone()),
                false => error.into(),
            })?;
        let staff = StaffRecord {
            course_id: course.id,
            user_id: owner,
            role: StaffRole::Owner,
            since: now,
        };
        store::staff::put(txn, &staff).await?;
        let event = CourseCreated {
            course_id: course.id,
            slug: course.slug.clone(),
            title: course.body.title.clone(),
            owner_id: owner,
        };
        bus::append(txn, &self.ambient, operation, MODULE, &event).await?;
        Ok(course)
    }

    pub(crate) async fn find(
        &self,
        caller: &Caller,
        course: &CourseRef,
        query: &EditionQuery,
    ) -> Result<CourseDetail, Error> {
        let (course, edition) = self.reading(caller, course, query).await?;
        let authors = authors(self.database.read(), course.id).await?;
        let shown = match &edition {
            Edition::Draft => None,
            Edition::Published(version) => Some(version.as_ref()),
        };
        Ok(self.named(detail(course, shown, authors)).await)
    }

    pub(crate) async fn change(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        expected: &Expected,
        change: ChangeCourse,
    ) -> Result<CourseDetail, Error> {
        let txn = self.database.begin().await?;
        let mut course = self.open(&*txn, caller, course, Need::Edit).await?;
        expected.check(course.version)?;
        let before = (course.slug.clone(), course.body.clone());
        let slug = change.apply(&mut course.body);
        course.body = course.body.checked()?;
        if let Some(slug) = slug.filter(|slug| *slug != course.slug) {
            if store::courses::slug_taken(&*txn, &slug, course.id).await? {
                return Err(Error::SlugTaken(slug));
            }
            store::catalogue::rename(&*txn, course.id, &slug).await?;
            course.slug = slug;
        }
        if before != (course.slug.clone(), course.body.clone()) {
            self.save_course(&*txn, operation, &mut course).await?;
        }
        let authors = authors(&*txn, course.id).await?;
        txn.commit().await?;
        Ok(self.named(detail(course, None, authors)).await)
    }

    /// Keeps a changed draft under its next version and tells of it.
    pub(super) async fn save_course(
        &self,
        txn: &impl ConnectionTrait,
        operation: &Operation,
        course: &mut CourseRecord,
    ) -> Result<(), Error> {
        course.version += 1;
        course.updated_at = self.ambient.now();
        store::courses::save(txn, course).await?;
        self.tell_update(txn, operation, course).await
    }

    /// Tells that something of the draft has changed.
    pub(super) async fn tell_update(
        &self,
        txn: &impl ConnectionTrait,
        operation: &Operation,
        course: &CourseRecord,
    ) -> Result<(), Error> {
        let event = CourseUpdated {
            course_id: course.id,
            slug: course.slug.clone(),
            title: course.body.title.clone(),
        };
        bus::append(txn, &self.ambient, operation, MODULE, &event).await?;
        Ok(())
    }

    pub(crate) async fn remove(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        expected: &Expected,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        let course = self.open(&*txn, caller, course, Need::Own).await?;
        expected.check(course.version)?;
        if course.published_version > 0 {
            return Err(Error::WasPublished);
        }
        store::courses::delete(&*txn, course.id).await?;
        let event = CourseDeleted {
            course_id: course.id,
        };
        bus::append(&*txn, &self.ambient, operation, MODULE, &event).await?;
        Ok(txn.commit().await?)
    }

    pub(crate) async fn archive(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        expected: &Expected,
    ) -> Result<CourseDetail, Error> {
        let txn = self.database.begin().await?;
        let mut course = self.open(&*txn, caller, course, Need::Own).await?;
        expected.check(course.version)?;
        if course.status == Status::Archived {
            return Err(Error::Archived);
        }
        course.status = Status::Archived;
        course.version += 1;
        course.updated_at = self.ambient.now();
        store::courses::save(&*txn, &course).await?;
        store::catalogue::remove(&*txn, course.id).await?;
        let event = CourseArchived {
            course_id: course.id,
        };
        bus::append(&*txn, &self.ambient, operation, MODULE, &event).await?;
        let authors = authors(&*txn, course.id).await?;
        txn.commit().await?;
        Ok(self.named(detail(course, None, authors)).await)
    }

    async fn named(&self, mut course: CourseDetail) -> CourseDetail {
        let people = course.authors.iter().map(|author| author.id).collect();
        let names = self.names(people).await;
        for author in &mut course.authors {
            author.display_name = names.get(&author.id).cloned();
        }
        course
    }

    pub(super) async fn named_outcome(
        &self,
        outcome: Outcome<CourseDetail>,
    ) -> Outcome<CourseDetail> {
        Outcome {
            value: self.named(outcome.value).await,
            replayed: outcome.replayed,
        }
    }
}

/// Those who write the course, without their names.
pub(super) async fn authors(
    db: &impl ConnectionTrait,
    course: CourseId,
) -> Result<Vec<Author>, Error> {
    let staff = store::staff::list_of(db, &[course]).await?;
    let writers = staff
        .into_iter()
        .filter(|staff| staff.role != StaffRole::Assistant);
    Ok(writers
        .map(|staff| Author {
            id: staff.user_id,
            display_name: None,
        })
        .collect())
}

/// The draft, or what `shown` says of the course.
pub(super) fn detail(
    course: CourseRecord,
    shown: Option<&VersionRecord>,
    authors: Vec<Author>,
) -> CourseDetail {
    let body = shown.map_or(course.body, |version| version.meta.course.clone());
    CourseDetail {
        id: course.id,
        slug: course.slug,
        title: body.title,
        summary: body.summary,
        description: body.description,
        difficulty: body.difficulty,
        category: body.category,
        tags: body.tags,
        visibility: body.visibility,
        status: course.status,
        published_version: Some(course.published_version).filter(|number| *number > 0),
        shown_version: shown.map(|version| version.number),
        authors,
        version: course.version,
        created_at: course.created_at,
        updated_at: course.updated_at,
    }
}
