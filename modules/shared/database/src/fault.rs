//! What a database error means to a caller.

use std::time::Duration;

use kernel::Kind;
use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// Away for now (no connection, pool exhausted, deadlock, busy, a disk in trouble) or a defect.
pub fn kind(error: &DbErr) -> Kind {
    let passing = match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            is_passing(error)
        }
        _ => false,
    };
    match passing {
        true => Kind::Unavailable,
        false => Kind::Internal,
    }
}

/// The code of the problem that an error is answered with: what is away for now is told from a
/// defect, of which nothing is said.
pub fn code(error: &DbErr) -> &'static str {
    match kind(error) {
        Kind::Unavailable => "storage.unavailable",
        _ => "server.internal_error",
    }
}

/// Whether a unique index refused the row.
pub fn is_unique_violation(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// Whether the database will never take what was to be stored, however often it is tried: it is no text to it, or larger
/// than a row, a column, or an index can hold (SQLSTATE classes 22 and 54, and SQLITE_TOOBIG).
pub fn refuses_content(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) =
        error
    else {
        return false;
    };
    sqlstate(error).is_some_and(|code| match code.len() {
        5 => code.starts_with("22") || code.starts_with("54"),
        _ => code == SQLITE_TOO_BIG,
    })
}

const SQLITE_TOO_BIG: &str = "18";

/// How long is waited before each further attempt: others finish within milliseconds.
const PAUSES: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(50)];

/// Runs `attempt` again, twice at most, when PostgreSQL broke its transaction off because of others
/// at the same rows: a serialisation failure or a deadlock (SQLSTATE 40001 and 40P01). Nothing of
/// such a transaction remains; `attempt` must do nothing else that counts twice.
///
/// # Errors
/// Those of the last attempt.
pub async fn retry_transaction<T, E, F>(attempt: impl Fn() -> F) -> Result<T, E>
where
    E: std::error::Error + 'static,
    F: Future<Output = Result<T, E>>,
{
    for pause in PAUSES {
        match attempt().await {
            Err(error) if is_serialization_failure(&error) => tokio::time::sleep(pause).await,
            done => return done,
        }
    }
    attempt().await
}

/// Whether others at the same rows are the reason of a failure.
pub fn is_serialization_failure(error: &(dyn std::error::Error + 'static)) -> bool {
    let error = error
        .downcast_ref()
        .or_else(|| error.source()?.downcast_ref());
    let code = error.and_then(|error: &DbErr| match error {
        DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            sqlstate(error)
        }
        _ => None,
    });
    code.is_some_and(|code| BROKEN_OFF.contains(&code.as_str()))
}

/// Whether PostgreSQL ended the transaction because nothing came from this process for too long
/// (SQLSTATE 25P03), which is of what was done in it and not of a server that is away.
pub fn was_idle(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut errors = std::iter::successors(Some(error), |error| error.source());
    errors.any(|error| {
        let code = match error.downcast_ref::<DbErr>() {
            Some(
                DbErr::Exec(RuntimeErr::SqlxError(error))
                | DbErr::Query(RuntimeErr::SqlxError(error)),
            ) => sqlstate(error),
            _ => None,
        };
        code.is_some_and(|code| code == "25P03")
    })
}

const BROKEN_OFF: [&str; 2] = ["40001", "40P01"];

fn sqlstate(error: &sqlx::Error) -> Option<String> {
    let code = error.as_database_error()?.code()?;
    Some(code.into_owned())
}

/// Whether the same statement may succeed a moment later. Codes tell, because the words of a server
/// are in its administrator's language.
fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => true,
        sqlx::Error::Database(_) => sqlstate(error).is_some_and(|code| match code.parse::<u32>() {
            // SQLite's extended result codes carry the primary one in their last byte, and have at
            // most four digits, where a SQLSTATE has five characters.
            Ok(result) if code.len() < 5 => PASSING_RESULTS.contains(&(result & 0xff)),
            _ => PASSING_STATES.iter().any(|state| code.starts_with(state)),
        }),
        _ => false,
    }
}

/// SQLite: busy, locked, out of memory, read-only, interrupted, I/O error, malformed, full, cannot
/// open. A page whose reading fails can look malformed; one that is stays so, and each refused
/// request says it in the log.
const PASSING_RESULTS: [u32; 9] = [5, 6, 7, 8, 9, 10, 11, 13, 14];

/// SQLSTATEs and classes of them (PostgreSQL, Appendix A): connections; transactions that the server
/// ended, because of others or because they were idle; a server that only reads, as after a
/// failover; resources; a lock that was not had in time; the operator's hand, which a statement
/// timeout is too; the disk.
const PASSING_STATES: [&str; 9] = [
    "08", "25P03", "25P04", "25006", "40", "53", "55P03", "57", "58",
];

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::error::Error;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use sea_orm::{DbErr, RuntimeErr};
    use sqlx::error::{DatabaseError, ErrorKind};

    use super::{retry_transaction, was_idle};

    /// What PostgreSQL said, as sqlx tells it.
    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Said(&'static str);

    impl DatabaseError for Said {
        fn message(&self) -> &str {
            "Verklemmung entdeckt"
        }

        fn code(&self) -> Option<Cow<'_, str>> {
            Some(self.0.into())
        }

        fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
            self
        }

        fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
            self
        }

        fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
            self
        }

        fn kind(&self) -> ErrorKind {
            ErrorKind::Other
        }
    }

    async fn attempts(failures: usize, code: &'static str) -> (usize, bool) {
        let attempts = AtomicUsize::new(0);
        let attempts = &attempts;
        let done = retry_transaction(move || async move {
            match attempts.fetch_add(1, Ordering::Relaxed) < failures {
                true => {
                    let said = sqlx::Error::Database(Box::new(Said(code)));
                    Err(DbErr::Exec(RuntimeErr::SqlxError(said.into())))
                }
                false => Ok(()),
            }
        });
        let done = done.await.is_ok();
        (attempts.load(Ordering::Relaxed), done)
    }

    #[test]
    fn an_idle_transaction_is_told_from_a_server_that_is_away() {
        let failed = |code| {
            let said = sqlx::Error::Database(Box::new(Said(code)));
            DbErr::Query(RuntimeErr::SqlxError(said.into()))
        };
        assert!(was_idle(&failed("25P03")));
        assert!(!was_idle(&failed("57P01")));
        assert!(!was_idle(&DbErr::Conn(RuntimeErr::Internal(
            "gone".to_owned()
        ))));
    }

    #[tokio::test]
    async fn what_others_broke_off_is_tried_three_times_and_nothing_else_is() {
        assert_eq!(attempts(0, "").await, (1, true));
        assert_eq!(attempts(2, "40P01").await, (3, true));
        assert_eq!(attempts(3, "40001").await, (3, false));
        assert_eq!(attempts(1, "42P01").await, (1, false));
    }
}
