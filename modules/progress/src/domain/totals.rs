//! What learning adds up to.

/// The points of a completed lesson.
pub(crate) const LESSON_POINTS: i64 = 10;
/// The points of a completed course.
pub(crate) const COURSE_POINTS: i64 = 100;

/// Totals of one enrollment or of one learner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Totals {
    pub(crate) points: i64,
    pub(crate) seconds: i64,
    pub(crate) lessons: i32,
    pub(crate) courses: i32,
    pub(crate) exercises: i32,
    pub(crate) perfects: i32,
}

impl Totals {
    /// These totals, changed by the difference of `after` and `before`.
    #[must_use]
    pub(crate) fn moved(self, before: Self, after: Self) -> Self {
        Self {
            points: self.points + after.points - before.points,
            seconds: self.seconds + after.seconds - before.seconds,
            lessons: self.lessons + after.lessons - before.lessons,
            courses: self.courses + after.courses - before.courses,
            exercises: self.exercises + after.exercises - before.exercises,
            perfects: self.perfects + after.perfects - before.perfects,
        }
    }
}
