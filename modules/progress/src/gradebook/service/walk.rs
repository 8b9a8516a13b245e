//! Reading a whole gradebook, a few learners at a time.

use std::sync::Arc;

use contracts::course::OutlineView;
use kernel::{CourseId, EnrollmentId};

use super::super::store::grades;
use super::super::view::CourseGrades;
use super::{GRADES_OF_PAGE, Service};
use crate::domain::{Grading, Selection};
use crate::error::Error;

impl Service {
    /// How a course is graded, and the newest outline, which has the titles of what is graded.
    pub(crate) async fn layout(
        &self,
        course: CourseId,
    ) -> Result<(Grading, Arc<OutlineView>), Error> {
        let db = self.database.read();
        let (_, grading) = self.grading(db, course).await?;
        Ok((grading, self.newest(db, course).await?))
    }

    /// The grades of the learners of a selection whose enrollment follows `last`, at most `limit` and fewer where
    /// `exercises` are many; and the enrollment of the last of them.
    pub(crate) async fn list_after(
        &self,
        selection: Selection,
        last: Option<EnrollmentId>,
        (limit, exercises): (u64, usize),
    ) -> Result<(Vec<CourseGrades>, Option<EnrollmentId>), Error> {
        let db = self.database.read();
        let most = u64::try_from(GRADES_OF_PAGE / exercises.max(1)).unwrap_or(1);
        let limit = limit.min(most.max(1));
        let some = grades::list_after(db, selection, last, limit).await?;
        let graded = self.grade(db, selection.course, &some).await?;
        Ok((graded, some.last().map(|one| one.id)))
    }
}
