//! Servers that tests use when they are there, and must have when nothing may be left out.

use tokio::net::TcpStream;

/// The address of RabbitMQ; `None`, said aloud, when it does not run.
pub(crate) async fn rabbitmq() -> Option<String> {
    let url = variable("GOPRO_TEST_RABBITMQ_URL");
    let url = url.unwrap_or_else(|| "amqp://guest:guest@127.0.0.1:5672/%2f".to_owned());
    found("RabbitMQ", authority(&url)).await.then_some(url)
}

/// Host and port of an address.
pub(crate) fn authority(url: &str) -> &str {
    let rest = url.rsplit('@').next().unwrap_or_default();
    rest.split('/').next().unwrap_or_default()
}

async fn found(what: &str, address: &str) -> bool {
    let runs = TcpStream::connect(address).await.is_ok();
    let required = variable("GOPRO_TEST_REQUIRE_SERVICES").as_deref() == Some("1");
    assert!(runs || !required, "{what} does not run at {address}");
    if !runs {
        eprintln!("left out: {what} does not run at {address}");
    }
    runs
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test has no configuration file; these variables say where the servers are"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
