//! Learning: each change decides facts about an enrollment and records them.

mod courses;
mod grades;
mod lessons;

use database::Database;
use kernel::Env;

use crate::{outlines, recording};

/// Learning in courses.
#[derive(Clone)]
pub(crate) struct Service {
    database: Database,
    env: Env,
    outlines: outlines::Service,
    recording: recording::Service,
}

impl Service {
    pub(crate) fn new(
        database: Database,
        env: Env,
        outlines: outlines::Service,
        recording: recording::Service,
    ) -> Self {
        Self {
            database,
            env,
            outlines,
            recording,
        }
    }
}
