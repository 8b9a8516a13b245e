//! The rules of the module, one file per family of use cases.

mod deliveries;
mod inbox;
pub(crate) mod notify;
pub(crate) mod personal;
mod policy;

use database::Database;
use kernel::Ambient;

/// What the HTTP edge can ask of the module.
pub(crate) struct Service {
    database: Database,
    ambient: Ambient,
}

impl Service {
    pub(crate) fn new(database: Database, ambient: Ambient) -> Self {
        Self { database, ambient }
    }
}
