//! The transport between processes: RabbitMQ (AMQP 0-9-1). The one place that knows lapin.
//!
//! A module's queue has one active consumer, so that what a relay sends in order is stored in order.
//! An event is sent once for each module that listens to it, so that the broker gives it back when
//! just that module's queue or binding is gone.

mod consumer;
mod error;
mod publisher;
mod topology;

pub use consumer::RabbitConsumer;
pub use publisher::RabbitBus;
pub use topology::{Held, RabbitSettings};
