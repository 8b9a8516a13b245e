//! Connecting to SQLite and PostgreSQL, transactions, keyset paging, leases, idempotency and sagas.
//! Knows only the tables that every module has; those of a module belong to its store.

mod clock;
pub mod clock_reading;
mod commits;
mod connect;
mod content;
mod fault;
mod handle;
mod health;
pub mod idempotency;
mod keyset;
pub mod lease;
mod own_file;
pub mod pending_erasure;
mod reader;
mod refusal;
mod rows;
pub mod saga;
mod server;
mod sqlite_readers;
mod tables;
mod transaction;
mod turns;
pub mod wake;

pub use clock::{clock, clock_expr, clock_expr_after};
pub use commits::{Change, CommitFailures, Work};
pub use connect::{Location, OpenError, PoolSettings};
pub use content::ContentState;
pub use fault::{
    code, is_serialization_failure, is_unique_violation, kind, refuses_content, retry_transaction,
    was_idle,
};
pub use handle::Database;
pub use keyset::{Sort, page, select_after};
pub use lease::Lease;
pub use reader::Reader;
pub use refusal::refusal;
pub use rows::{delete_where, export_after, holds, json_text, rows_after};
pub use server::unsafe_settings;
pub use tables::{event_stream, inbox, outbox};
pub use transaction::Transaction;
pub use turns::take_turn;
