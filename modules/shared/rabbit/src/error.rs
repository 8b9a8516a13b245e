//! What goes wrong with the broker, and how long it may take.

use std::time::Duration;

use sea_orm::DbErr;

/// How long the database may take for what was delivered, before others get it.
pub(crate) const STORING: Duration = Duration::from_secs(5);
/// How long the broker may take for one step before its connection is given up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// After what time without a delivery a consumer that has failed before is taken to work.
pub(crate) const QUIET: Duration = Duration::from_secs(3);

/// What can go wrong with the broker; all of it is tried again on a new connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RabbitError {
    #[error("bus.url is no address of a broker: {0}; write amqp://user:password@host:5672/vhost")]
    Address(String),
    #[error("{0}")]
    Away(Box<Self>),
    #[error("the broker: {0}")]
    Broker(#[from] lapin::Error),
    #[error(
        "bus.prefix {0} belongs to another installation; set another bus.prefix, or delete the exchange {0}.installation if this installation has changed its server.public_url ({1})"
    )]
    OtherInstallation(String, String),
    #[error("the broker did not answer within {} s", PATIENCE.as_secs())]
    Silent,
    #[error("the broker could not route {0}; the queues are declared again")]
    Unroutable(String),
    #[error("the broker refused {0}")]
    Refused(String),
    #[error("the broker ended the consumer")]
    Ended,
    #[error("delivered events cannot be stored: {0}")]
    Storage(DbErr),
    #[error("the database did not answer within {} s", STORING.as_secs())]
    StorageSilent,
    #[error("an envelope does not encode: {0}")]
    Encode(#[from] serde_json::Error),
}

impl RabbitError {
    /// There is no connection, for this reason.
    pub(crate) fn away(self) -> Self {
        Self::Away(Box::new(self))
    }
}
