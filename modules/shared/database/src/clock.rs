//! The clock by which the processes of one database agree on what is due.

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::sea_query::{Expr, SimpleExpr};
use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, Statement};

/// The time for what several processes wait for, such as a lease, a claim or the next try. On
/// PostgreSQL it is the server's, because clocks of processes may differ; on SQLite, where there is
/// one process, it is `own`. What people read as a date goes by the process's clock.
///
/// # Errors
/// The driver's error.
pub async fn clock(db: &impl ConnectionTrait, own: DateTime<Utc>) -> Result<DateTime<Utc>, DbErr> {
    if db.get_database_backend() != DatabaseBackend::Postgres {
        return Ok(own);
    }
    let statement = Statement::from_string(DatabaseBackend::Postgres, "SELECT clock_timestamp()");
    let row = db.query_one_raw(statement).await?;
    row.map_or(Ok(own), |row| row.try_get_by(0))
}

/// The same time as a part of a statement, which saves a round trip. It does not change while the
/// statement runs, so that PostgreSQL can look it up in an index.
pub fn clock_expr(db: &impl ConnectionTrait, own: DateTime<Utc>) -> SimpleExpr {
    clock_expr_after(db, own, TimeDelta::zero())
}

/// As [`clock_expr`], so much later; fractions of a second are left out.
pub fn clock_expr_after(
    db: &impl ConnectionTrait,
    own: DateTime<Utc>,
    span: TimeDelta,
) -> SimpleExpr {
    match (db.get_database_backend(), span.num_seconds()) {
        (DatabaseBackend::Postgres, 0) => Expr::cust("statement_timestamp()"),
        (DatabaseBackend::Postgres, seconds) => Expr::cust(format!(
            "statement_timestamp() + interval '{seconds} seconds'"
        )),
        (_, seconds) => Expr::value(own + TimeDelta::seconds(seconds)),
    }
}
