//! Reading a log fact by fact, each under the version that the learner was on.

use std::collections::BTreeMap;

use super::fact::{Fact, Occurrence};
use super::shape::Shape;
use super::state::State;

/// The state of one enrollment up to some fact of its log.
#[derive(Debug, Clone, Default)]
pub(crate) struct Replay {
    shapes: BTreeMap<i64, Shape>,
    version: Option<i64>,
    shape: Shape,
    state: State,
}

impl Replay {
    /// Nothing yet of an enrollment that was on these versions.
    pub(crate) fn new(shapes: BTreeMap<i64, Shape>) -> Self {
        Self {
            shapes,
            ..Self::default()
        }
    }

    pub(crate) fn apply(&mut self, occurrence: &Occurrence) {
        if let Fact::Enrolled { version } | Fact::Upgraded { version } = &occurrence.fact {
            self.version = Some(*version);
            self.shape = self.shapes.get(version).cloned().unwrap_or_default();
        }
        self.state.apply(&self.shape, occurrence);
    }

    /// The number of the version that the learner is on by now; nothing before the first fact that names one.
    pub(crate) fn version(&self) -> Option<i64> {
        self.version
    }

    /// The version that the learner is on by now.
    pub(crate) fn shape(&self) -> &Shape {
        &self.shape
    }

    pub(crate) fn state(&self) -> &State {
        &self.state
    }
}
