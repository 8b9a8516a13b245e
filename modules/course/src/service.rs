//! The rules of courses: each use case begins its transaction, changes, tells and commits.

pub(crate) mod catalogue;
pub(crate) mod courses;
pub(crate) mod exercises;
pub(crate) mod export;
pub(crate) mod grading;
pub(crate) mod import;
pub(crate) mod lessons;
mod paging;
mod personal;
mod policy;
mod publish;
mod reading;
mod sections;
mod staff;
pub(crate) mod structure;
mod submissions;
mod versions;

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use contracts::course::{CourseApi, OutlineView};
use contracts::user::UserApi;
use database::Database;
use kernel::{Ambient, CourseId, Failure, UserId};
use rest::Caller;
use sea_orm::ConnectionTrait;

pub(crate) use policy::{Need, Standing};

use crate::Error;
use crate::content::Status;
use crate::reference::CourseRef;
use crate::store;
use crate::store::courses::CourseRecord;

/// The name under which this module tells its events.
pub(crate) const MODULE: &str = "course";

/// The use cases of this module.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    ambient: Ambient,
    users: Arc<dyn UserApi>,
}

impl Service {
    pub(crate) fn new(database: Database, ambient: Ambient, users: Arc<dyn UserApi>) -> Self {
        Self {
            database,
            ambient,
            users,
        }
    }

    /// The course, held until the commit, when the caller may do what they want with it.
    async fn open(
        &self,
        txn: &impl ConnectionTrait,
        caller: &Caller,
        course: &CourseRef,
        need: Need,
    ) -> Result<CourseRecord, Error> {
        let course = store::courses::find_for_change(txn, course).await?;
        let course = course.ok_or(Error::NotFound("course"))?;
        let standing = self.standing(txn, caller, course.id).await?;
        policy::check(&course, standing, need)?;
        Ok(course)
    }

    async fn standing(
        &self,
        db: &impl ConnectionTrait,
        caller: &Caller,
        course: CourseId,
    ) -> Result<Standing, Error> {
        let staff = store::staff::find(db, course, caller.user_id).await?;
        Ok(Standing::of(caller, staff.map(|staff| staff.role)))
    }

    /// The names of people; those whom the user module does not tell of now are left out.
    async fn names(&self, mut people: Vec<UserId>) -> HashMap<UserId, String> {
        people.sort_unstable();
        people.dedup();
        let mut names = HashMap::new();
        for batch in people.chunks(200) {
            match self.users.people(batch).await {
                Ok(known) => names.extend(known.into_iter().map(|p| (p.id, p.display_name))),
                Err(error) => {
                    tracing::warn!(error = %error, "author names are left out for now");
                }
            }
        }
        names
    }

    async fn newest_outline(&self, course: CourseId) -> Result<Option<OutlineView>, Error> {
        let db = self.database.read();
        let Some(course) = store::courses::find(db, &course.into()).await? else {
            return Ok(None);
        };
        if course.status != Status::Published {
            return Ok(None);
        }
        let version = store::versions::find(db, course.id, course.published_version).await?;
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
}
