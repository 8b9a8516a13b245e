//! What the processes of an installation must agree on is compared at each answer.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use kernel::Env;
use rpc::{Consistency, Served};
use serde_json::Value;
use testkit::{FixedClock, env};
use tokio_util::sync::CancellationToken;

use super::peer;
use crate::support::AppTest;
use crate::support::app::PASSWORD;
use crate::support::gateway::GatewayTest;

fn consistency(clock: &FixedClock, key: &str) -> Consistency {
    let marks = BTreeMap::from([
        ("auth.master_key", key.to_owned()),
        ("server.public_url", "same".to_owned()),
    ]);
    Consistency::new(env(clock), marks)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_differs_and_another_master_key_are_reported_by_every_answer() {
    let here = FixedClock::at("2026-11-28T12:00:00Z");
    let there = FixedClock::at("2026-11-28T12:00:00Z");
    let stop = CancellationToken::new();
    let served = Served {
        consistency: Some(consistency(&there, "theirs")),
        ..Served::default()
    };
    let any = "127.0.0.1:0".parse().expect("an address");
    let serving = rpc::serve(any, served, None, stop.clone()).await;
    let (address, _) = serving.expect("served");
    let ours = consistency(&here, "ours");
    let other = peer(address).compared(&ours);
    let told = async || {
        other.ping().await.expect("an answer");
        (ours.warnings(), ours.faults())
    };
    let (warnings, faults) = told().await;
    assert_eq!(warnings, Vec::<String>::new());
    let key = "has a different auth.master_key; it must be the same in all processes";
    assert_eq!(faults, [format!("http://{address} {key}")]);
    for (seconds, words) in [
        (15, "15 s ahead of the clock"),
        (-30, "15 s behind the clock"),
    ] {
        there.advance(chrono::Duration::seconds(seconds));
        let (warnings, faults) = told().await;
        assert_eq!((warnings.len(), faults.len()), (1, 1));
        assert!(warnings[0].contains(words), "{warnings:?}");
    }
    for (minutes, words) in [
        (10, "585 s ahead of the clock"),
        (-20, "615 s behind the clock"),
    ] {
        there.advance(chrono::Duration::minutes(minutes));
        let (warnings, faults) = told().await;
        assert_eq!((warnings.len(), faults.len()), (0, 2));
        assert!(faults[0].contains(words), "{faults:?}");
        assert!(faults[0].contains("tokens are rejected"), "{faults:?}");
    }
    let shown = serde_json::to_string(&ours.peers()).expect("JSON");
    assert!(!shown.contains("theirs"), "{shown}");
    stop.cancel();
}

async fn faults_of(front: &GatewayTest, until: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let health = front.health().await.json();
        let faults = health["faults"].as_array().expect("faults").clone();
        let asked = health["peers"]
            .as_object()
            .is_some_and(|peers| !peers.is_empty());
        if asked && until(&faults) {
            let status = if faults.is_empty() { "up" } else { "degraded" };
            assert_eq!(health["status"], status, "{health}");
            return faults;
        }
        assert!(Instant::now() < deadline, "{health}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_says_in_its_health_that_a_clock_or_a_setting_of_the_user_service_differs() {
    let now = Env::system().now() + chrono::Duration::minutes(10);
    let ahead = FixedClock::at(&now.to_rfc3339());
    let app = AppTest::demo_at(&ahead).await;
    let front = GatewayTest::before(&app, &[]).await;
    let faults = faults_of(&front, |faults| !faults.is_empty()).await;
    let told = faults[0].as_str().expect("a sentence");
    assert!(
        told.contains("tokens are rejected: the clock of http://"),
        "{told}"
    );
    assert!(
        told.contains("s ahead of the clock of this process"),
        "{told}"
    );
    let mut learner = front.anonymous();
    learner.log_in("learner", PASSWORD).await;
    learner.get("/api/v1/users/me").await.expect_status(401);

    let other = [("server.public_url", "http://elsewhere.test")];
    let other = GatewayTest::before(&app, &other).await;
    let faults = faults_of(&other, |faults| faults.len() == 2).await;
    let told = faults[1].as_str().expect("a sentence");
    assert!(told.contains("a different server.public_url"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_agree_are_up() {
    let app = AppTest::demo().await;
    let front = GatewayTest::before(&app, &[]).await;
    let faults = faults_of(&front, |_| true).await;
    assert_eq!(faults, Vec::<Value>::new());
}
