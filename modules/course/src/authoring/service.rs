//! The use cases of drafts: each begins its transaction, changes, publishes its event and commits.

mod batch;
mod courses;
mod exercises;
mod lessons;
mod names;
mod order;
mod prerequisites;
mod sections;
mod staff;

pub(crate) use courses::slug_of;
pub(crate) use prerequisites::Requiring;

use std::sync::Arc;

use contracts::course_ref::CourseRef;
use contracts::user::UserApi;
use database::Database;
use kernel::{Caller, CourseId, Env, ExerciseId, LessonId, Role, Roles, UserId};
use sea_orm::ConnectionTrait;

use super::known::Known;
use super::published::Published;
use super::store;
use crate::authoring::store::CourseRecord;
use crate::domain::bounds::MAX_COURSE_BYTES;
use crate::domain::{CourseRole, Need};
use crate::error::Error;
use crate::markdown::Pages;

/// The use cases of drafts.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    env: Env,
    users: Arc<dyn UserApi>,
    published: Arc<dyn Published>,
    pages: Pages,
    known: Known,
}

impl Service {
    pub(crate) fn new(
        database: Database,
        env: Env,
        users: Arc<dyn UserApi>,
        published: Arc<dyn Published>,
        pages: Pages,
    ) -> Self {
        Self {
            database,
            env,
            users,
            published,
            pages,
            known: Known::new(),
        }
    }

    /// A course as it was read a moment ago, for those who only read it.
    pub(crate) async fn known(&self, course: &CourseRef) -> Result<Arc<CourseRecord>, Error> {
        let now = self.database.content_state(self.env.now());
        if let Some(known) = self.known.course(course, now) {
            return Ok(known);
        }
        let found = Arc::new(self.find(self.database.read(), course).await?);
        self.known.keep(course, now, &found);
        Ok(found)
    }

    pub(crate) async fn find(
        &self,
        db: &impl ConnectionTrait,
        course: &CourseRef,
    ) -> Result<CourseRecord, Error> {
        let course = store::courses::find(db, course).await?;
        course.ok_or(Error::NotFound("course"))
    }

    /// The course, held until the commit, when the caller may do what they want with it.
    pub(crate) async fn open(
        &self,
        txn: &impl ConnectionTrait,
        caller: &Caller,
        course: &CourseRef,
        need: Need,
    ) -> Result<CourseRecord, Error> {
        let course = store::courses::find_for_change(txn, course).await?;
        let course = course.ok_or(Error::NotFound("course"))?;
        self.require(txn, caller, &course, need).await?;
        Ok(course)
    }

    /// # Errors
    /// When the caller may not do what they want with the course.
    pub(crate) async fn require(
        &self,
        db: &impl ConnectionTrait,
        caller: &Caller,
        course: &CourseRecord,
        need: Need,
    ) -> Result<(), Error> {
        let role = self.role_of(db, caller, course.id).await?;
        Ok(role.require(need, course.is_open())?)
    }

    pub(crate) async fn role_of(
        &self,
        db: &impl ConnectionTrait,
        caller: &Caller,
        course: CourseId,
    ) -> Result<CourseRole, Error> {
        self.role_with(db, (caller.user_id, &caller.roles), course)
            .await
    }

    /// The role of a user in a course, who has these roles on the platform.
    pub(crate) async fn role_with(
        &self,
        db: &impl ConnectionTrait,
        (user, roles): (UserId, &Roles),
        course: CourseId,
    ) -> Result<CourseRole, Error> {
        let member = store::staff::find(db, course, user).await?;
        Ok(CourseRole::of(roles, member.map(|member| member.role)))
    }

    /// The roles that a user has now; none when they may not act.
    pub(crate) async fn roles_now(&self, user: UserId) -> Result<Roles, Error> {
        let found = self.users.find_users(&[user]).await?;
        let mut roles = Vec::new();
        for view in found.iter().filter(|view| view.id == user && view.active) {
            roles.extend(view.teaches.then_some(Role::Instructor));
            roles.extend(view.administers.then_some(Role::Admin));
        }
        Ok(roles.into())
    }

    /// The course of a lesson, be it in the draft or in a published version.
    pub(crate) async fn course_of_lesson(&self, lesson: LessonId) -> Result<CourseRef, Error> {
        if let Some(course) = self.known.lessons.get(&lesson) {
            return Ok(course.into());
        }
        let mut course = store::lessons::course_of(self.database.read(), lesson).await?;
        if course.is_none() {
            course = self.published.course_of_lesson(lesson).await?;
        }
        let course = course.ok_or(Error::NotFound("lesson"))?;
        self.known.lessons.insert(lesson, course);
        Ok(course.into())
    }

    /// The course of an exercise, be it in the draft or in a published version.
    pub(crate) async fn course_of_exercise(
        &self,
        exercise: ExerciseId,
    ) -> Result<CourseRef, Error> {
        if let Some(course) = self.known.exercises.get(&exercise) {
            return Ok(course.into());
        }
        let mut course = store::exercises::course_of(self.database.read(), exercise).await?;
        if course.is_none() {
            course = self.published.course_of_exercise(exercise).await?;
        }
        let course = course.ok_or(Error::NotFound("exercise"))?;
        self.known.exercises.insert(exercise, course);
        Ok(course.into())
    }

    /// Refuses a change after which the draft is larger than a course may be.
    pub(crate) async fn check_size(
        &self,
        txn: &impl ConnectionTrait,
        course: CourseId,
    ) -> Result<(), Error> {
        let size = store::courses::size(txn, course).await?;
        let size = u64::try_from(size).unwrap_or(u64::MAX);
        match size > MAX_COURSE_BYTES {
            true => Err(Error::TooLarge(size)),
            false => Ok(()),
        }
    }
}
