//! Putting analytics together from counts.

use chrono::TimeDelta;
use contracts::course_ref::CourseRef;
use database::Database;
use kernel::{Caller, Env};

use super::store::enrollments::Since;
use super::store::{counts, enrollments};
use super::view::CourseAnalytics;
use crate::error::Error;
use crate::outlines;

/// Analytics of courses.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    env: Env,
    outlines: outlines::Service,
}

impl Service {
    pub(crate) fn new(database: Database, env: Env, outlines: outlines::Service) -> Self {
        Self {
            database,
            env,
            outlines,
        }
    }

    /// The analytics of a version, by two statements over what is kept for it.
    pub(crate) async fn analyze(
        &self,
        caller: &Caller,
        course: &CourseRef,
        version: Option<i64>,
    ) -> Result<CourseAnalytics, Error> {
        let db = self.database.read();
        let found = self.outlines.find_for_editor(db, caller, course);
        let course = found.await?;
        let known = outlines::find_course(db, course).await?;
        let newest = known.ok_or(Error::CourseNotFound)?.newest;
        let version = version.unwrap_or(newest);
        let outline = self.outlines.get(db, course, version).await;
        let outline = outline.map_err(|error| match error {
            Error::CourseNotFound => Error::VersionNotFound { newest },
            other => other,
        })?;
        let now = self.env.now();
        let since = Since {
            week: now - TimeDelta::days(7),
            month: now - TimeDelta::days(30),
        };
        let learners = enrollments::count(db, course, version, since).await?;
        let items = counts::list(db, course, version).await?;
        Ok(CourseAnalytics::of(&outline, newest, &learners, &items))
    }
}
