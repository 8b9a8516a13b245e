//! What can go wrong in this module, in words for a caller.

use std::time::Duration;

use bus::HandlerError;
use database::idempotency::IdempotencyError;
use kernel::{Fault, FieldFault, Kind};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("there is no such notification in your inbox; GET /api/v1/notifications lists yours")]
    NotificationNotFound,
    #[error("there is no such delivery; GET /api/v1/notifications/deliveries lists all deliveries")]
    DeliveryNotFound,
    #[error(
        "this delivery has not failed, so it cannot be retried; only deliveries with state failed can"
    )]
    DeliveryNotFailed,
    #[error(transparent)]
    Stale(#[from] kernel::Stale),
    #[error(transparent)]
    Idempotency(#[from] IdempotencyError),
    #[error("the database is unavailable; try again in a second")]
    Storage(#[from] sea_orm::DbErr),
}

impl Fault for Error {
    fn kind(&self) -> Kind {
        match self {
            Self::NotificationNotFound | Self::DeliveryNotFound => Kind::NotFound,
            Self::DeliveryNotFailed => Kind::Conflict,
            Self::Stale(stale) => stale.kind(),
            Self::Idempotency(error) => error.kind(),
            Self::Storage(error) => database::kind(error),
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::NotificationNotFound => "notification.not_found",
            Self::DeliveryNotFound => "notification.delivery_not_found",
            Self::DeliveryNotFailed => "notification.delivery_not_failed",
            Self::Stale(stale) => stale.code(),
            Self::Idempotency(error) => error.code(),
            Self::Storage(error) => database::code(error),
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::Stale(stale) => stale.fields(),
            Self::Idempotency(error) => error.fields(),
            _ => Vec::new(),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Stale(stale) => stale.retry_after(),
            Self::Idempotency(error) => error.retry_after(),
            _ => None,
        }
    }
}

impl From<Error> for HandlerError {
    fn from(error: Error) -> Self {
        Self::of(&error)
    }
}
