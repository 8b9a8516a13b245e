//! What a database error means to a caller.

use std::time::Duration;

use kernel::Kind;
use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// Away for now (no connection, pool exhausted, deadlock, busy) or a defect.
pub fn kind(error: &DbErr) -> Kind {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Kind::Unavailable,
        other if is_broken_off(other) || is_passing(&other.to_string()) => Kind::Unavailable,
        _ => Kind::Internal,
    }
}

/// Whether a unique index refused the row.
pub fn is_unique_violation(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// How long is waited before each further attempt: others finish within milliseconds.
const PAUSES: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(50)];

/// Runs `attempt` again, twice at most, when PostgreSQL broke its transaction off because of others
/// at the same rows: a serialisation failure or a deadlock (SQLSTATE 40001 and 40P01). Nothing of
/// such a transaction remains; `attempt` must do nothing else that counts twice.
///
/// # Errors
/// Those of the last attempt.
pub async fn again<T, E, F>(attempt: impl Fn() -> F) -> Result<T, E>
where
    E: std::error::Error + 'static,
    F: Future<Output = Result<T, E>>,
{
    for pause in PAUSES {
        match attempt().await {
            Err(error) if is_broken_off(&error) => tokio::time::sleep(pause).await,
            done => return done,
        }
    }
    attempt().await
}

/// Whether others at the same rows are the reason of a failure.
pub fn is_broken_off(error: &(dyn std::error::Error + 'static)) -> bool {
    let error = error
        .downcast_ref()
        .or_else(|| error.source()?.downcast_ref());
    let code = error.and_then(|error: &DbErr| sql_state(error));
    code.is_some_and(|code| BROKEN_OFF.contains(&code.as_str()))
}

const BROKEN_OFF: [&str; 2] = ["40001", "40P01"];

fn sql_state(error: &DbErr) -> Option<String> {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) =
        error
    else {
        return None;
    };
    let code = error.as_database_error()?.code()?;
    Some(code.into_owned())
}

/// The drivers do not type these; their words are stable: SQLite's busy and full, PostgreSQL's
/// statement timeout and shutdown.
fn is_passing(text: &str) -> bool {
    [
        "database is locked",
        "database or disk is full",
        "disk I/O error",
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

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::error::Error;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use sea_orm::{DbErr, RuntimeErr};
    use sqlx::error::{DatabaseError, ErrorKind};

    use super::again;

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
        let done = again(move || async move {
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

    #[tokio::test]
    async fn what_others_broke_off_is_tried_three_times_and_nothing_else_is() {
        assert_eq!(attempts(0, "").await, (1, true));
        assert_eq!(attempts(2, "40P01").await, (3, true));
        assert_eq!(attempts(3, "40001").await, (3, false));
        assert_eq!(attempts(1, "42P01").await, (1, false));
    }
}
