//! Transactions that must not run beside each other.

use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr};

/// Holds back other transactions that ask for the same turn until this one ends: for a rule about many rows at once,
/// such as a name that no other row has, which no lock of a row keeps. On PostgreSQL it is an advisory lock with the
/// number `turn`, which each rule has for itself; on SQLite, transactions that write come one by one anyway.
///
/// # Errors
/// When the database cannot be asked, or the wait takes longer than a statement may.
pub async fn take_turn(db: &impl ConnectionTrait, turn: i64) -> Result<(), DbErr> {
    if db.get_database_backend() == DatabaseBackend::Postgres {
        let lock = format!("SELECT pg_advisory_xact_lock({turn})");
        db.execute_unprepared(&lock).await?;
    }
    Ok(())
}
