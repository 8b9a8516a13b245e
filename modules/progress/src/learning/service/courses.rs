//! Reading progress in a course: the counts, why they are so, and what comes next.

use std::sync::Arc;

use contracts::course::OutlineView;
use contracts::course_ref::CourseRef;
use kernel::UserId;

use super::super::view::{CourseExplanation, CourseProgress, NextLesson, NextLessons};
use super::Service;
use crate::domain::{Enrollment, State};
use crate::error::Error;
use crate::outlines;
use crate::recording::{enrollments, projections};

impl Service {
    /// Progress in a course, which must have come to version `at_least`.
    pub(crate) async fn progress(
        &self,
        learner: UserId,
        course: &CourseRef,
        at_least: Option<i64>,
    ) -> Result<CourseProgress, Error> {
        let (enrollment, outline, state) = self.find(learner, course).await?;
        let revision = enrollment.revision;
        if at_least.is_some_and(|wanted| wanted > revision) {
            return Err(Error::VersionNotReached { revision });
        }
        Ok(CourseProgress::of(enrollment, &outline, &state))
    }

    /// Which items count, and why.
    pub(crate) async fn explain(
        &self,
        learner: UserId,
        course: &CourseRef,
    ) -> Result<CourseExplanation, Error> {
        let (enrollment, outline, state) = self.find(learner, course).await?;
        Ok(CourseExplanation::of(&enrollment, &outline, &state))
    }

    /// The next lesson of each active course.
    pub(crate) async fn list_next(&self, learner: UserId) -> Result<NextLessons, Error> {
        let db = self.database.read();
        let mut items = Vec::new();
        for enrollment in enrollments::list_active(db, learner).await? {
            let (course, version) = (enrollment.course, enrollment.version);
            let outline = self.outlines.get(db, course, version).await?;
            let lessons = projections::find_lessons(db, enrollment.id).await?;
            items.extend(NextLesson::of(&enrollment, &outline, &lessons));
        }
        Ok(NextLessons { items })
    }

    async fn find(
        &self,
        learner: UserId,
        course: &CourseRef,
    ) -> Result<(Enrollment, Arc<OutlineView>, State), Error> {
        let db = self.database.read();
        let course = match course {
            CourseRef::Id(course) => *course,
            CourseRef::Slug(slug) => {
                let found = outlines::find_by_slug(db, slug).await?;
                found.ok_or(Error::EnrollmentRequired)?
            }
        };
        let enrollment = enrollments::find_by_course(db, learner, course)
            .await?
            .ok_or(Error::EnrollmentRequired)?;
        let version = enrollment.version;
        let outline = self.outlines.get(db, course, version).await?;
        let state = projections::find(db, &enrollment).await?;
        Ok((enrollment, outline, state))
    }
}
