//! What a database error means to a caller.

use kernel::Kind;
use sea_orm::{DbErr, SqlErr};

/// Away for now (no connection, pool exhausted, deadlock, busy) or a defect.
pub fn kind(error: &DbErr) -> Kind {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Kind::Unavailable,
        other if is_passing(&other.to_string()) => Kind::Unavailable,
        _ => Kind::Internal,
    }
}

/// Whether a unique index refused the row.
pub fn is_unique_violation(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// The drivers do not type these; their words are stable: SQLite's busy and full, PostgreSQL's
/// deadlock, serialisation failure, statement timeout and shutdown.
fn is_passing(text: &str) -> bool {
    [
        "database is locked",
        "database or disk is full",
        "disk I/O error",
        "deadlock detected",
        "could not serialize",
        "statement timeout",
        "terminating connection",
        "the database system is",
        "error communicating with database",
        "Connection refused",
        "Broken pipe",
        "Connection reset",
    ]
    .iter()
    .any(|words| text.contains(words))
}
