//! An enrollment with all that a decision about it needs.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use contracts::course::OutlineView;
use contracts::progress::EnrollmentOrigin;

use crate::domain::{Enrollment, Learner, PendingFacts, Shape, Standing, Statistics};

/// An enrollment on which a change is about to be decided; its learner is locked.
pub(crate) struct EnrollmentAggregate {
    pub(crate) learner: Learner,
    pub(crate) enrollment: Enrollment,
    pub(crate) outline: Arc<OutlineView>,
    pub(crate) facts: PendingFacts,
    /// The version from which the learner is moved, and its shape.
    pub(crate) moved_from: Option<(i64, Shape)>,
    /// How the learner comes into the course, if they do.
    pub(crate) origin: EnrollmentOrigin,
}

impl EnrollmentAggregate {
    /// Moves the learner on to the version of `outline`.
    pub(crate) fn upgrade(&mut self, outline: Arc<OutlineView>, at: DateTime<Utc>) {
        let shape = std::mem::take(&mut self.facts.shape);
        self.moved_from
            .get_or_insert((self.enrollment.version, shape));
        self.enrollment.upgrade(&outline);
        self.facts.upgrade(outline.version, Shape::of(&outline), at);
        self.outline = outline;
    }

    /// By how much the pending facts change the counts of the course.
    pub(crate) fn statistics(&self) -> Statistics {
        let (facts, version) = (&self.facts, self.enrollment.version);
        let after = Standing {
            version,
            state: &facts.state,
            shape: &facts.shape,
        };
        let (version, shape) = match &self.moved_from {
            Some((version, shape)) => (*version, shape),
            None => (version, &facts.shape),
        };
        let before = Standing {
            version,
            state: &facts.before,
            shape,
        };
        Statistics::between(before, after)
    }
}
