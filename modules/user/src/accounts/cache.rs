//! Accounts that were read a moment ago.

use std::sync::Arc;
use std::time::Duration;

use database::ContentState;
use kernel::UserId;
use moka::sync::Cache;

use super::view::Account;

/// Accounts that were read, with the state of the database that they were read from.
pub(super) type ReadAccounts = Cache<UserId, (ContentState, Arc<Account>)>;

/// Each holds for a second at most, on SQLite too, because commands such as `gopro user reset-mfa`
/// change accounts beside a running server.
pub(super) fn read_accounts() -> ReadAccounts {
    Cache::builder()
        .max_capacity(10_000)
        .time_to_live(Duration::from_secs(1))
        .build()
}
