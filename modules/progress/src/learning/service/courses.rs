//! Reading progress in a course: the counts, why they are so, and what comes next.

use std::sync::Arc;
use std::time::Duration;

use contracts::course::OutlineView;
use contracts::course_ref::CourseRef;
use kernel::{EnrollmentId, UserId};

use super::super::view::{CourseExplanation, CourseProgress, NextLesson, NextLessons};
use super::Service;
use crate::domain::{Enrollment, State};
use crate::error::Error;
use crate::outlines;
use crate::recording::{enrollments, projections};

/// How often a version that is asked for is looked for, and how long between two looks.
const LOOKS: u32 = 6;
const PAUSE: Duration = Duration::from_millis(50);

impl Service {
    /// Progress in a course, which must have come to version `at_least`. What was committed and does not show yet is
    /// waited for a moment.
    pub(crate) async fn progress(
        &self,
        learner: UserId,
        course: &CourseRef,
        at_least: Option<i64>,
    ) -> Result<CourseProgress, Error> {
        let mut looks = LOOKS;
        loop {
            let (enrollment, outline, state) = self.find(learner, course).await?;
            let revision = enrollment.revision;
            let Some(wanted) = at_least.filter(|wanted| *wanted > revision) else {
                return Ok(CourseProgress::of(enrollment, &outline, &state));
            };
            looks -= 1;
            if looks == 0 {
                return Err(self.not_reached(&enrollment, wanted).await?);
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Why a version is not shown: where the writes are, it is there and will show soon, or nobody has written it.
    async fn not_reached(&self, shown: &Enrollment, wanted: i64) -> Result<Error, Error> {
        let txn = self.database.begin_private().await?;
        let written = enrollments::find(&txn, shown.learner, shown.id).await?;
        let revision = written.map_or(shown.revision, |written| written.revision);
        Ok(match revision >= wanted {
            true => Error::VersionPending,
            false => Error::VersionNotReached { revision },
        })
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
        let active = enrollments::list_active(db, learner).await?;
        let ids: Vec<EnrollmentId> = active.iter().map(|enrollment| enrollment.id).collect();
        let mut lessons = projections::list_lessons(db, &ids).await?;
        let mut items = Vec::new();
        for enrollment in active {
            let (course, version) = (enrollment.course, enrollment.version);
            let outline = self.outlines.get(db, course, version).await?;
            let lessons = lessons.remove(&enrollment.id).unwrap_or_default();
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
