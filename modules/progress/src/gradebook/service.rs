//! Reading grades, and who may.

mod grading;
mod overriding;
mod settings;
mod walk;

use std::collections::BTreeMap;

use contracts::course_ref::CourseRef;
use database::Database;
use kernel::{Caller, CourseId, Env, Page, PageRequest, UserId};
use sea_orm::ConnectionTrait;

use super::request::GradesFilter;
use super::store::grades::GradedEnrollment;
use super::store::{grades, overrides};
use super::view::{CourseGrades, GradeChange, LearnerGrades};
use crate::error::Error;
use crate::{cohorts, learners, outlines};

/// How many grades of exercises a page holds at most, whatever its limit, so that its size is bounded.
const GRADES_OF_PAGE: usize = 20_000;

/// Gradebooks of courses.
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

    /// The grades of those who take or took a course.
    pub(crate) async fn list(
        &self,
        caller: &Caller,
        course: &CourseRef,
        filter: &GradesFilter,
        page_request: &PageRequest,
    ) -> Result<Page<CourseGrades>, Error> {
        let db = self.database.read();
        let found = self.outlines.find_for_editor(db, caller, course);
        let course = found.await?;
        if let Some(cohort) = filter.cohort {
            cohorts::require(db, course, cohort).await?;
        }
        let newest = self.newest(db, course).await?;
        let lessons = newest.sections.iter().flat_map(|section| &section.lessons);
        let exercises: usize = lessons.map(|lesson| lesson.exercises.len()).sum();
        let most = u64::try_from(GRADES_OF_PAGE / exercises.max(1)).unwrap_or(1);
        let page_request = PageRequest {
            limit: page_request.limit.min(most.max(1)),
            ..page_request.clone()
        };
        let page = grades::list(db, course, filter.cohort, &page_request).await?;
        let graded = self.grade(db, course, &page.items).await?;
        Ok(Page {
            items: graded,
            next: page.next,
            prev: page.prev,
            total: page.total,
        })
    }

    /// The grades of a learner, for those who may change the course.
    pub(crate) async fn find(
        &self,
        caller: &Caller,
        course: &CourseRef,
        learner: UserId,
    ) -> Result<LearnerGrades, Error> {
        let db = self.database.read();
        let found = self.outlines.find_for_editor(db, caller, course);
        let course = found.await?;
        let enrollment = grades::find(db, course, learner).await?;
        let enrollment = enrollment.ok_or(Error::LearnerNotFound)?;
        self.with_changes(db, course, enrollment).await
    }

    /// The learner's own grades.
    pub(crate) async fn mine(
        &self,
        learner: UserId,
        course: &CourseRef,
    ) -> Result<LearnerGrades, Error> {
        let db = self.database.read();
        let course = match course {
            CourseRef::Id(course) => *course,
            CourseRef::Slug(slug) => {
                let found = outlines::find_by_slug(db, slug).await?;
                found.ok_or(Error::EnrollmentRequired)?
            }
        };
        let enrollment = grades::find(db, course, learner).await?;
        let enrollment = enrollment.ok_or(Error::EnrollmentRequired)?;
        self.with_changes(db, course, enrollment).await
    }

    async fn with_changes(
        &self,
        db: &impl ConnectionTrait,
        course: CourseId,
        enrollment: GradedEnrollment,
    ) -> Result<LearnerGrades, Error> {
        let graded = self.grade(db, course, &[enrollment]).await?;
        let grades = graded.into_iter().next().ok_or(Error::LearnerNotFound)?;
        let changes = overrides::list_changes(db, course, enrollment.learner).await?;
        Ok(LearnerGrades {
            grades,
            changes: changes.into_iter().map(GradeChange::from).collect(),
        })
    }

    /// The grades of some enrollments, by four statements however many there are.
    async fn grade(
        &self,
        db: &impl ConnectionTrait,
        course: CourseId,
        enrollments: &[GradedEnrollment],
    ) -> Result<Vec<CourseGrades>, Error> {
        if enrollments.is_empty() {
            return Ok(Vec::new());
        }
        let (_, grading) = self.grading(db, course).await?;
        let ids: Vec<UserId> = enrollments.iter().map(|one| one.learner).collect();
        let known = learners::list(db, &ids).await?;
        let names: BTreeMap<UserId, Option<String>> = known
            .into_iter()
            .map(|learner| (learner.id, learner.display_name))
            .collect();
        let best = grades::list_best(db, enrollments).await?;
        let set = overrides::list_present(db, course, &ids).await?;
        let none = BTreeMap::new();
        let mut graded = Vec::with_capacity(enrollments.len());
        for one in enrollments {
            let outline = self.outlines.get(db, course, one.version).await?;
            let sources = grading::Sources {
                best: best.get(&one.id).unwrap_or(&none),
                set: set.get(&one.learner).unwrap_or(&none),
            };
            let (total_percent, categories) = grading::grade(&grading, &outline, sources);
            graded.push(CourseGrades {
                learner_id: one.learner,
                display_name: names.get(&one.learner).cloned().flatten(),
                course_version: one.version,
                total_percent,
                categories,
            });
        }
        Ok(graded)
    }
}
