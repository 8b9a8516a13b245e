//! What a handler's failure means for its event.

use kernel::{Fault, Kind};
use sea_orm::DbErr;

/// Why an event's effect could not be made.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// What it needs is away for now: it is tried until that is back, and no try counts. What took
    /// so long by itself that the database ended it is not among this.
    #[error("{0}")]
    Wait(String),
    /// It may work later.
    #[error("{0}")]
    Retry(String),
    /// It will never work.
    #[error("{0}")]
    Park(String),
}

impl HandlerError {
    /// What `fault` means for the event. What is away is waited for; a broken part of ours may be
    /// mended before the last attempt; what breaks a rule always will, and parks.
    pub fn of(fault: &(dyn Fault + 'static)) -> Self {
        let text = kernel::with_causes(fault);
        match fault.kind() {
            Kind::Unavailable if !database::was_idle(fault) => Self::Wait(text),
            Kind::Unavailable | Kind::Internal => Self::Retry(text),
            _ => Self::Park(text),
        }
    }
}

impl From<DbErr> for HandlerError {
    fn from(error: DbErr) -> Self {
        match database::kind(&error) {
            Kind::Unavailable if !database::was_idle(&error) => Self::Wait(error.to_string()),
            _ => Self::Retry(error.to_string()),
        }
    }
}

impl From<kernel::EventError> for HandlerError {
    fn from(error: kernel::EventError) -> Self {
        Self::Park(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use kernel::Stale;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the storage did not answer")]
    struct Broken(#[from] DbErr);

    impl Fault for Broken {
        fn kind(&self) -> Kind {
            Kind::Internal
        }

        fn code(&self) -> &str {
            "storage.unavailable"
        }
    }

    #[test]
    fn a_broken_storage_retries_and_a_broken_rule_parks() {
        let broken = Broken(DbErr::Custom("the disk is gone".to_owned()));
        let verdict = HandlerError::of(&broken);
        assert!(matches!(&verdict, HandlerError::Retry(text) if text.contains("the disk is gone")));
        let stale = Stale { current: 2 };
        assert!(matches!(HandlerError::of(&stale), HandlerError::Park(_)));
    }
}
