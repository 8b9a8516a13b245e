//! An enrollment with all that a decision about it needs.

use std::sync::Arc;

use contracts::course::OutlineView;

use crate::domain::{Enrollment, Learner, PendingFacts};

/// An enrollment on which a change is about to be decided; its learner is locked.
pub(crate) struct EnrollmentAggregate {
    pub(crate) learner: Learner,
    pub(crate) enrollment: Enrollment,
    pub(crate) outline: Arc<OutlineView>,
    pub(crate) facts: PendingFacts,
}
