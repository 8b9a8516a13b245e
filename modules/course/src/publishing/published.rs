//! What authoring asks of published versions.

use async_trait::async_trait;
use database::{Database, Transaction};
use kernel::{CourseId, ExerciseId, LessonId};

use super::store::parts;
use crate::authoring::Published;
use crate::catalogue::listings;
use crate::error::Error;

/// The published versions as authoring sees them.
pub(crate) struct Versions(pub(crate) Database);

#[async_trait]
impl Published for Versions {
    async fn course_of_lesson(&self, lesson: LessonId) -> Result<Option<CourseId>, Error> {
        parts::course_of_lesson(self.0.read(), lesson).await
    }

    async fn course_of_exercise(&self, exercise: ExerciseId) -> Result<Option<CourseId>, Error> {
        parts::course_of_exercise(self.0.read(), exercise).await
    }

    async fn rename(&self, txn: &Transaction, course: CourseId, slug: &str) -> Result<(), Error> {
        listings::rename(txn, course, slug).await
    }
}
