//! What authoring needs of the published versions, which the rooms above it keep.

use async_trait::async_trait;
use database::Transaction;
use kernel::{CourseId, ExerciseId, LessonId};

use crate::error::Error;

/// Where parts were published that a draft may have no more.
#[async_trait]
pub(crate) trait Published: Send + Sync {
    /// The course in which a lesson was published.
    async fn course_of_lesson(&self, lesson: LessonId) -> Result<Option<CourseId>, Error>;

    /// The course in which an exercise was published.
    async fn course_of_exercise(&self, exercise: ExerciseId) -> Result<Option<CourseId>, Error>;

    /// Gives a listed course its new slug.
    async fn rename(&self, txn: &Transaction, course: CourseId, slug: &str) -> Result<(), Error>;
}
