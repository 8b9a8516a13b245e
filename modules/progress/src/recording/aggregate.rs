//! An enrollment with all that a decision about it needs.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use contracts::course::OutlineView;

use crate::domain::{Enrollment, Learner, PendingFacts, Shape};

/// An enrollment on which a change is about to be decided; its learner is locked.
pub(crate) struct EnrollmentAggregate {
    pub(crate) learner: Learner,
    pub(crate) enrollment: Enrollment,
    pub(crate) outline: Arc<OutlineView>,
    pub(crate) facts: PendingFacts,
}

impl EnrollmentAggregate {
    /// Moves the learner on to the version of `outline`.
    pub(crate) fn upgrade(&mut self, outline: Arc<OutlineView>, at: DateTime<Utc>) {
        self.enrollment.upgrade(&outline);
        self.facts.upgrade(outline.version, Shape::of(&outline), at);
        self.outline = outline;
    }
}
