//! What was found of a session, remembered for a moment.

use std::time::Duration;

use kernel::SessionId;
use moka::sync::Cache;

use crate::domain::Rights;

/// Whether a session is open, whose it is, and what its user may do since when.
#[derive(Debug, Clone)]
pub(super) struct SessionStatus(pub Option<Rights>);

/// A status is cached for less than the second within which a change must count.
pub(super) fn statuses() -> Cache<SessionId, SessionStatus> {
    Cache::builder()
        .max_capacity(100_000)
        .time_to_live(Duration::from_millis(500))
        .build()
}
