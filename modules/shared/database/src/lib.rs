//! Connecting to SQLite and PostgreSQL, transactions, keyset paging, leases and idempotency.
//! Knows only the tables that every module has; those of a module belong to its store.

mod connect;
mod fault;
pub mod idempotency;
mod keyset;
pub mod lease;
mod tables;

pub use connect::{Database, Location, OpenError, PoolSettings, Transaction};
pub use fault::{is_unique_violation, kind};
pub use keyset::{Sort, select_after};
pub use tables::{event_stream, inbox, outbox};
