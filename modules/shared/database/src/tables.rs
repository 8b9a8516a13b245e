//! The tables that every module has.

pub(crate) mod clock_reading;
pub mod event_stream;
pub(crate) mod idempotency;
pub mod inbox;
pub(crate) mod lease;
pub mod outbox;
pub(crate) mod pending_erasure;
pub(crate) mod saga;
pub(crate) mod saga_step;
