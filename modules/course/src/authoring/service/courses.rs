//! Courses as a whole: create, change, delete.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use contracts::course::{CourseCreated, CourseDeleted, CourseUpdated};
use contracts::course_ref::CourseRef;
use database::{Transaction, idempotency};
use deunicode::deunicode;
use kernel::text::slug;
use kernel::{Caller, CourseId, Expected, Operation, Outcome, UserId};

use super::{Requiring, Service};
use crate::authoring::request::{ChangeCourse, CreateCourse};
use crate::authoring::store::{self, CourseRecord, StaffRecord};
use crate::authoring::view::CourseDetail;
use crate::domain::bounds::MAX_COURSES_OF_OWNER;
use crate::domain::{Checked, CourseBody, MODULE, Need, StaffRole, Status, none_of, slug_faults};
use crate::error::Error;

/// A slug has 80 characters at most, and 13 may follow to make it free.
const LONGEST_MADE: usize = 66;

impl Service {
    pub(crate) async fn create_course(
        &self,
        author: &Caller,
        operation: &Operation,
        new: CreateCourse,
    ) -> Result<Outcome<CourseDetail>, Error> {
        self.pages.check(new.markdown()).await?;
        let (wanted, named, body) = new.into_parts();
        let body = body.checked()?;
        if let Some(slug) = wanted {
            none_of(slug_faults(&slug))?;
            return self.create_as(author, operation, slug, body, &named).await;
        }
        let mut refused = Error::NotFound("course");
        for slug in self.slugs(&body.title) {
            let body = body.clone();
            match self.create_as(author, operation, slug, body, &named).await {
                Err(taken @ Error::SlugTaken(_)) => refused = taken,
                done => return done,
            }
        }
        Err(refused)
    }

    /// What a course may be called in URLs when nobody asked for a slug, so that another one does as well. The last
    /// one is free but for a chance.
    pub(crate) fn slugs(&self, title: &str) -> Vec<String> {
        let made = slug_of(title);
        let tail = self.env.bytes::<6>().map(|byte| format!("{byte:02x}"));
        let last = format!("{made}-{}", tail.concat());
        let (second, third) = (format!("{made}-2"), format!("{made}-3"));
        vec![made, second, third, last]
    }

    pub(crate) async fn slug_taken(&self, txn: &Transaction, slug: &str) -> Result<bool, Error> {
        let nobody: CourseId = self.env.id();
        store::courses::slug_taken(txn, slug, nobody).await
    }

    async fn create_as(
        &self,
        author: &Caller,
        operation: &Operation,
        slug: String,
        mut body: CourseBody,
        named: &[CourseRef],
    ) -> Result<Outcome<CourseDetail>, Error> {
        let txn = self.database.begin().await?;
        let now = self.env.now();
        if let Some(first) = idempotency::replay(&txn, now, operation).await? {
            drop(txn);
            return Ok(self.named_outcome(first).await);
        }
        // Not before: what was created once stays created, whatever became of its prerequisites since.
        let requiring = Requiring {
            id: None,
            visibility: body.visibility,
            already: &[],
        };
        body.prerequisites = self
            .find_prerequisites(&txn, Some(author), named, requiring)
            .await?;
        if self.slug_taken(&txn, &slug).await? {
            return Err(Error::SlugTaken(slug));
        }
        self.check_room_for_course(&txn, author.user_id).await?;
        let course = self
            .insert_course(&txn, operation, None, slug, body, author.user_id)
            .await?;
        let detail = self.detail(&txn, course).await?;
        let kept = idempotency::keep(&txn, operation, detail).await?;
        txn.commit().await?;
        Ok(self.named_outcome(kept).await)
    }

    /// Refuses one more course of somebody who has as many as one person may have.
    pub(crate) async fn check_room_for_course(
        &self,
        txn: &Transaction,
        owner: UserId,
    ) -> Result<(), Error> {
        match store::staff::count_owned(txn, owner).await? >= MAX_COURSES_OF_OWNER {
            true => Err(Error::TooManyCourses(MAX_COURSES_OF_OWNER)),
            false => Ok(()),
        }
    }

    /// Writes a new draft, makes `owner` its owner and publishes its event.
    pub(crate) async fn insert_course(
        &self,
        txn: &Transaction,
        operation: &Operation,
        id: Option<CourseId>,
        slug: String,
        body: CourseBody,
        owner: UserId,
    ) -> Result<CourseRecord, Error> {
        let now = self.env.now();
        let course = CourseRecord {
            id: id.unwrap_or_else(|| self.env.id()),
            slug,
            body,
            status: Status::Draft,
            seed: BASE64_URL_SAFE_NO_PAD.encode(self.env.bytes::<24>()),
            published_version: 0,
            terms: None,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let inserted = store::courses::insert(txn, &course).await;
        inserted.map_err(|error| error.or_taken(|| Error::SlugTaken(course.slug.clone())))?;
        let staff = StaffRecord {
            course_id: course.id,
            user_id: owner,
            role: StaffRole::Owner,
            accepted: true,
            since: now,
        };
        store::staff::upsert(txn, &staff).await?;
        let event = CourseCreated {
            course_id: course.id,
            slug: course.slug.clone(),
            title: course.body.title.clone(),
            owner_id: owner,
        };
        bus::append(txn, &self.env, operation, MODULE, &event).await?;
        Ok(course)
    }

    pub(crate) async fn update_course(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        expected: &Expected,
        mut change: ChangeCourse,
    ) -> Result<CourseDetail, Error> {
        self.pages.check(change.markdown()).await?;
        let txn = self.database.begin().await?;
        let mut course = self.open(&txn, caller, course, Need::Edit).await?;
        expected.check(course.version)?;
        let before = (course.slug.clone(), course.body.clone());
        let named = change.prerequisites.take();
        let slug = change.apply(&mut course.body);
        if let Some(named) = named {
            let requiring = Requiring {
                id: Some(course.id),
                visibility: course.body.visibility,
                already: &before.1.prerequisites,
            };
            let found = self.find_prerequisites(&txn, Some(caller), &named, requiring);
            let found = found.await?;
            self.require_no_cycle(&txn, &course, &found).await?;
            course.body.prerequisites = found;
        }
        course.body = course.body.checked()?;
        if let Some(slug) = slug.filter(|slug| *slug != course.slug) {
            none_of(slug_faults(&slug))?;
            if store::courses::slug_taken(&txn, &slug, course.id).await? {
                return Err(Error::SlugTaken(slug));
            }
            self.published.rename(&txn, course.id, &slug).await?;
            course.slug = slug;
        }
        if before != (course.slug.clone(), course.body.clone()) {
            self.save_course(&txn, operation, &mut course).await?;
            self.check_size(&txn, course.id).await?;
        }
        let detail = self.detail(&txn, course).await?;
        txn.commit().await?;
        Ok(self.named(detail).await)
    }

    /// Keeps a changed draft under its next version and publishes the event of it.
    pub(crate) async fn save_course(
        &self,
        txn: &Transaction,
        operation: &Operation,
        course: &mut CourseRecord,
    ) -> Result<(), Error> {
        course.version += 1;
        course.updated_at = self.env.now();
        store::courses::save(txn, course).await?;
        self.publish_update(txn, operation, course).await
    }

    /// Publishes that something of the draft has changed.
    pub(crate) async fn publish_update(
        &self,
        txn: &Transaction,
        operation: &Operation,
        course: &CourseRecord,
    ) -> Result<(), Error> {
        let event = CourseUpdated {
            course_id: course.id,
            slug: course.slug.clone(),
            title: course.body.title.clone(),
        };
        Ok(bus::append(txn, &self.env, operation, MODULE, &event).await?)
    }

    pub(crate) async fn delete_course(
        &self,
        caller: &Caller,
        operation: &Operation,
        course: &CourseRef,
        expected: &Expected,
    ) -> Result<(), Error> {
        let txn = self.database.begin().await?;
        let course = self.open(&txn, caller, course, Need::Own).await?;
        expected.check(course.version)?;
        if course.published_version > 0 {
            return Err(Error::WasPublished);
        }
        store::courses::delete(&txn, course.id).await?;
        let event = CourseDeleted {
            course_id: course.id,
        };
        bus::append(&txn, &self.env, operation, MODULE, &event).await?;
        Ok(txn.commit().await?)
    }
}

/// A slug made of a title, whatever its script, that is no id.
pub(crate) fn slug_of(title: &str) -> String {
    let slug = slug(&deunicode(title), LONGEST_MADE);
    match CourseRef::parse(&slug) {
        Some(CourseRef::Slug(slug)) => slug,
        Some(CourseRef::Id(_)) => format!("course-{slug}"),
        None => "course".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use contracts::course_ref::CourseRef;

    use super::slug_of;

    #[test]
    fn every_title_makes_a_slug_that_names_a_course() {
        for (title, slug) in [
            ("Go from Zero", "go-from-zero"),
            ("Größe & Übermut", "grosse-ubermut"),
            ("Основы Go", "osnovy-go"),
            ("日本語", "ri-ben-yu"),
            ("C", "course"),
            ("!?", "course"),
            ("\u{1F600}", "grinning"),
            (
                "01940000-0000-7000-8000-000000000001",
                "course-01940000-0000-7000-8000-000000000001",
            ),
        ] {
            assert_eq!(slug_of(title), slug);
            let read = CourseRef::parse(slug);
            assert!(matches!(read, Some(CourseRef::Slug(_))), "{slug}");
        }
    }
}
