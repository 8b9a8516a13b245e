//! Starting servers and speaking to them.

pub(crate) mod app;
pub(crate) mod certificates;
pub(crate) mod client;
pub(crate) mod disk;
pub(crate) mod dump;
pub(crate) mod gateway;
pub(crate) mod idp;
pub(crate) mod mail;
#[cfg(feature = "rabbitmq")]
pub(crate) mod private_broker;
pub(crate) mod private_postgres;
pub(crate) mod process;
pub(crate) mod proxy;
#[cfg(feature = "rabbitmq")]
pub(crate) mod rabbitmq;
pub(crate) mod raw_service;
pub(crate) mod redis;
pub(crate) mod rooms;
#[cfg(feature = "rabbitmq")]
pub(crate) mod split;
pub(crate) mod storage;
pub(crate) mod totp;

pub(crate) use app::AppTest;
pub(crate) use client::{Answer, Client};
pub(crate) use process::Process;

/// Rests before a test looks again at what another process does, which needs the processor too.
pub(crate) async fn between_looks() {
    tokio::time::sleep(std::time::Duration::from_millis(10)).await;
}

/// Whether a service that is missing fails the suite instead of being left out.
pub(crate) fn services_required() -> bool {
    variable("GOPRO_TEST_REQUIRE_SERVICES").as_deref() == Some("1")
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test has no configuration file; these variables say where the servers are"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
