//! Reading the published versions of a course.

use kernel::{Page, Slice};
use rest::Caller;

use super::Service;
use super::reading::outline_lines;
use crate::Error;
use crate::command::EditionQuery;
use crate::reference::CourseRef;
use crate::store;
use crate::view::{VersionDetail, VersionSummary};

impl Service {
    pub(crate) async fn versions(
        &self,
        caller: &Caller,
        course: &CourseRef,
        slice: &Slice,
    ) -> Result<Page<VersionSummary>, Error> {
        let newest = EditionQuery::default();
        let (course, _) = self.reading(caller, course, &newest).await?;
        let page = store::versions::list(self.database.read(), course.id, slice).await?;
        Ok(page.map(|version| VersionSummary {
            number: version.number,
            title: version.meta.course.title,
            change_notes: version.change_notes,
            published_by: version.published_by,
            published_at: version.published_at,
        }))
    }

    pub(crate) async fn version(
        &self,
        caller: &Caller,
        course: &CourseRef,
        number: i64,
    ) -> Result<VersionDetail, Error> {
        let newest = EditionQuery::default();
        let (course, _) = self.reading(caller, course, &newest).await?;
        let version = store::versions::find(self.database.read(), course.id, number).await?;
        let version = version.ok_or(Error::NotFound("version of this course"))?;
        Ok(VersionDetail {
            course_id: course.id,
            number,
            change_notes: version.change_notes,
            published_by: version.published_by,
            published_at: version.published_at,
            outline: outline_lines(version.outline, course.slug, Some(number)),
        })
    }
}
