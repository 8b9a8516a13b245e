//! Who may see whom, and how far learners are.

use contracts::course_ref::CourseRef;
use database::Database;
use kernel::{Caller, Env, Page, PageRequest, Role, UserId};

use super::request::RosterFilter;
use super::store::{self, Wanted};
use super::view::{CourseLearner, LearnerEnrollment, LearnerProgress};
use crate::domain::{Enrollment, Risk};
use crate::error::Error;
use crate::recording::enrollments;
use crate::{cohorts, learners, outlines};

/// Rosters of courses.
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

    pub(crate) async fn list(
        &self,
        caller: &Caller,
        course: &CourseRef,
        filter: &RosterFilter,
        page_request: &PageRequest,
    ) -> Result<Page<CourseLearner>, Error> {
        let db = self.database.read();
        let found = self.outlines.find_for_editor(db, caller, course);
        let (course, now) = (found.await?, self.env.now());
        if let Some(cohort) = filter.cohort {
            cohorts::require(db, course, cohort).await?;
        }
        let wanted = Wanted {
            status: filter.status,
            risk: filter.risk,
            version: filter.version,
            cohort: filter.cohort,
            name: filter.name.clone(),
            order: filter.sort.unwrap_or_default(),
        };
        let page = store::list(db, course, &wanted, now, page_request).await?;
        Ok(page.map(|learner| CourseLearner::of(learner, now)))
    }

    /// A learner as the caller may see them. Whom nobody teaches a course of does not exist for them.
    pub(crate) async fn find(
        &self,
        caller: &Caller,
        learner: UserId,
    ) -> Result<LearnerProgress, Error> {
        let db = self.database.read();
        let latest = enrollments::list_latest(db, learner).await?;
        let known = learners::find_or_new(db, learner).await?;
        let admin = caller.has(Role::Admin);
        let seen = match admin {
            true => latest,
            false => self.taught(caller, latest).await?,
        };
        if seen.is_empty() && !(admin && known.sequence > 0) {
            return Err(Error::LearnerNotFound);
        }
        let now = self.env.now();
        let enrollments = seen.into_iter().map(|enrollment| LearnerEnrollment {
            score_percent: enrollment.score_percent,
            risk: Risk::at(enrollment.risk, now),
            enrollment: enrollment.into(),
        });
        Ok(LearnerProgress {
            learner_id: learner,
            display_name: known.display_name,
            totals: admin.then(|| known.totals.into()),
            enrollments: enrollments.collect(),
        })
    }

    /// Those that are in courses which the caller may change.
    async fn taught(
        &self,
        caller: &Caller,
        latest: Vec<Enrollment>,
    ) -> Result<Vec<Enrollment>, Error> {
        let mut taught = Vec::new();
        for enrollment in latest {
            let asked = self
                .outlines
                .admit(enrollment.course, caller.user_id, None)
                .await?;
            if asked.editor {
                taught.push(enrollment);
            }
        }
        Ok(taught)
    }
}
