//! RabbitMQ and Redis whose certificates come from a CA of one's own (`tls.ca_file`).

use crate::support::certificates::{Authority, Files};
use crate::support::process::{gopro, run};
use crate::support::redis::Redis;
use crate::support::storage::Storage;

/// What `gopro doctor` says with these settings.
fn diagnosis(storage: &Storage, settings: &[String]) -> String {
    let mut command = gopro(storage);
    command.arg("doctor");
    for setting in settings {
        command.args(["--set", setting]);
    }
    let (_, output, errors) = run(&mut command);
    format!("{output}{errors}")
}

async fn migrated() -> Option<Storage> {
    let storage = Storage::embedded().await?;
    let (code, _, errors) = run(gopro(&storage).args(["migrate", "up"]));
    assert_eq!(code, 0, "{errors}");
    Some(storage)
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_with_a_certificate_of_ones_own_ca_is_used_with_that_ca_alone() {
    let Some(storage) = migrated().await else {
        return;
    };
    let (own, other) = (Authority::named("own"), Authority::named("other"));
    let files = Files::of(&own, &["localhost"]);
    files.write("other.pem", &other.pem());
    let Some(redis) = Redis::start_with_tls(&files).await else {
        return;
    };
    let cache = format!("cache.url={}", redis.url());
    let ca = |name| format!("tls.ca_file={}", files.path(name));
    let with_ca = diagnosis(&storage, &[cache.clone(), ca("ca.pem")]);
    assert!(with_ca.contains("ok    the cache responds"), "{with_ca}");
    for settings in [vec![cache.clone()], vec![cache, ca("other.pem")]] {
        let without = diagnosis(&storage, &settings);
        let warning = "warn  the cache does not respond";
        assert!(without.contains(warning), "{without}");
    }
}

#[cfg(feature = "rabbitmq")]
#[tokio::test(flavor = "multi_thread")]
async fn a_broker_with_a_certificate_of_ones_own_ca_is_used_with_that_ca_alone() {
    use crate::support::private_broker::PrivateBroker;

    let Some(storage) = migrated().await else {
        return;
    };
    let (own, other) = (Authority::named("own"), Authority::named("other"));
    let files = Files::of(&own, &["localhost"]);
    files.write("other.pem", &other.pem());
    let Some(broker) = PrivateBroker::start_with_tls(&files).await else {
        return;
    };
    let bus = |url: String| ["bus.kind=rabbitmq".to_owned(), format!("bus.url={url}")];
    let ca = |name| format!("tls.ca_file={}", files.path(name));
    let localhost = bus(broker.tls_url("localhost"));
    let with_ca = diagnosis(&storage, &[&localhost[..], &[ca("ca.pem")]].concat());
    assert!(with_ca.contains("ok    the broker responds"), "{with_ca}");
    let address = bus(broker.tls_url("127.0.0.1"));
    for settings in [
        localhost.to_vec(),
        [&localhost[..], &[ca("other.pem")]].concat(),
        // The certificate is not for this name.
        [&address[..], &[ca("ca.pem")]].concat(),
    ] {
        let without = diagnosis(&storage, &settings);
        let fault = "FAIL  cannot connect to the broker";
        assert!(without.contains(fault), "{without}");
    }
}
