//! Whose word counts for when a request came.

use chrono::{DateTime, Duration, Utc};
use kernel::{Env, Role};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::FixedClock;

use crate::support::client::send;
use crate::support::gateway::GatewayTest;
use crate::support::{AppTest, Client};

const COURSE: &str = "01940000-0000-7000-8000-000000000001";
const KEY: &str = "a key of thirty-two letters or more";

/// When a newcomer is said to have enrolled, who sends this header along.
async fn enrolled(app: &AppTest, at: &str, name: &str, header: Option<&str>) -> DateTime<Utc> {
    let newcomer: Client = app.new_user(name, &[Role::Student]).await.at(at);
    let mut request = newcomer.request(Method::POST, "/api/v1/progress/enrollments");
    if let Some(value) = header {
        request = request.header("X-Forwarded-At", value);
    }
    let answer = send(request.json(&json!({ "course_id": COURSE }))).await;
    let enrolled: Value = answer.expect_status(201);
    let moment = enrolled["enrolled_at"].as_str().expect("a moment");
    moment.parse().expect("a moment")
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_own_gateway_says_when_a_request_came() {
    let ahead = Env::system().now() + Duration::seconds(25);
    let clock = FixedClock::at(&ahead.to_rfc3339());
    let settings = [
        ("auth.master_key", KEY),
        ("server.trusted_proxies", "127.0.0.1"),
    ];
    let app = AppTest::demo_of(&settings, testkit::env(&clock)).await;
    let close = |moment: DateTime<Utc>| (ahead - moment).num_seconds() < 1;
    let own = GatewayTest::before(&app, &[("auth.master_key", KEY)]).await;
    let earlier = (ahead - Duration::minutes(5))
        .timestamp_millis()
        .to_string();
    // The service's clock is ahead, and the gateway's word brings it back.
    let told = enrolled(&app, &own.url(), "ada", Some(&earlier)).await;
    assert!(
        !close(told) && told > ahead - Duration::minutes(1),
        "{told}"
    );
    // Any proxy passes on what a client has made up.
    let told = enrolled(&app, &app.url(), "bea", Some(&earlier)).await;
    assert!(close(told), "{told}");
    for (name, other) in [
        (
            "cid",
            &[("auth.master_key", "another key of thirty-two letters")][..],
        ),
        ("dee", &[]),
    ] {
        let other = GatewayTest::before(&app, other).await;
        let told = enrolled(&app, &other.url(), name, None).await;
        assert!(close(told), "{name}: {told}");
    }
}
