//! Connecting to SQLite and PostgreSQL, transactions, keyset paging, leases, idempotency and sagas.
//! Knows only the tables that every module has; those of a module belong to its store.

mod connect;
mod fault;
pub mod idempotency;
mod keyset;
pub mod lease;
pub mod saga;
mod server;
mod tables;
pub mod wake;

pub use connect::{Database, Location, OpenError, PoolSettings, Transaction};
pub use fault::{again, is_broken_off, is_unique_violation, kind};
pub use keyset::{Sort, select_after};
pub use server::unsafe_settings;
pub use tables::{event_stream, inbox, outbox};
