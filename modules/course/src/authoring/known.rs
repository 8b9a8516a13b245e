//! Courses as they were read last, and which course lessons and exercises belong to.

use std::sync::Arc;

use contracts::course_ref::CourseRef;
use database::ContentState;
use kernel::{CourseId, ExerciseId, LessonId};
use moka::sync::Cache;

use super::store::CourseRecord;

const COURSES: u64 = 1_000;
/// Each is a pair of ids.
const PARTS: u64 = 50_000;

/// What is remembered of courses.
#[derive(Clone)]
pub(super) struct Known {
    courses: Cache<CourseRef, (ContentState, Arc<CourseRecord>)>,
    /// A lesson never moves to another course; whether it is still there is asked of its course.
    pub(super) lessons: Cache<LessonId, CourseId>,
    /// The same of exercises.
    pub(super) exercises: Cache<ExerciseId, CourseId>,
}

impl Known {
    pub(super) fn new() -> Self {
        Self {
            courses: Cache::new(COURSES),
            lessons: Cache::new(PARTS),
            exercises: Cache::new(PARTS),
        }
    }

    /// The course, if what was read of it still holds.
    pub(super) fn course(
        &self,
        course: &CourseRef,
        now: ContentState,
    ) -> Option<Arc<CourseRecord>> {
        let (read, course) = self.courses.get(course)?;
        read.holds(now).then_some(course)
    }

    pub(super) fn keep(&self, course: &CourseRef, read: ContentState, record: &Arc<CourseRecord>) {
        self.courses
            .insert(course.clone(), (read, Arc::clone(record)));
    }
}
