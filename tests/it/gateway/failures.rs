//! Services that are away, slow or full.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::AppTest;
use crate::support::client::{Answer, Client, send};
use crate::support::gateway::{GatewayTest, Reply, ScriptedService};

/// Open to everybody, of the user module, and never remembered.
const OPEN: &str = "/api/v1/auth/providers";
const CATALOGUE: &str = "/api/v1/courses";

/// A request of one of many callers, which the gateway believes its proxy.
async fn get_as(client: &Client, number: u8, path: &str) -> Answer {
    let request = client.request(Method::GET, path);
    let caller = format!("198.51.100.{number}");
    send(request.header("X-Forwarded-For", caller)).await
}

const PROXY: (&str, &str) = ("server.trusted_proxies", "127.0.0.1");

#[tokio::test(flavor = "multi_thread")]
async fn one_caller_alone_closes_a_service_to_nobody() {
    let failing = Reply::json("500 Internal Server Error", "", "{}");
    let service = ScriptedService::that(failing).await;
    let deadline = ("server.request_timeout_seconds", "2");
    let front = GatewayTest::before_service(&service, &[PROXY, deadline]).await;
    let client = front.anonymous();
    for _ in 0..60 {
        assert_eq!(get_as(&client, 1, OPEN).await.status, 500);
    }
    assert_eq!(front.breaker("user").await, "closed");
    service.now(Reply::ok());
    get_as(&client, 2, OPEN).await.expect_status(200);
    service.now(Reply::Cut);
    for _ in 0..30 {
        assert_eq!(get_as(&client, 3, OPEN).await.status, 502);
    }
    assert_eq!(front.breaker("user").await, "closed");
    service.now(Reply::ok_when_passed());
    let slow = (0..30).map(|_| get_as(&client, 1, OPEN));
    for answer in futures::future::join_all(slow).await {
        assert_eq!(answer.status, 504);
    }
    assert_eq!(front.breaker("user").await, "closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_away_is_left_alone_after_a_while() {
    let service = ScriptedService::that(Reply::Cut).await;
    let front = GatewayTest::before_service(&service, &[PROXY]).await;
    let client = front.anonymous();
    let mut asked = 0;
    while front.breaker("user").await == "closed" {
        let problem = get_as(&client, asked, OPEN)
            .await
            .expect_problem(502, "upstream.unreachable");
        let text = problem.to_string();
        assert!(!text.contains("127.0.0.1"), "{text}");
        asked += 1;
        assert!(asked <= 20, "the breaker stays closed");
    }
    let (reached, connections) = (service.seen().len(), service.connections());
    assert!(
        reached <= 23 + usize::from(asked) / 5,
        "{reached} of {asked}"
    );
    println!(
        "R-19 a service that fails: {reached} connections for {asked} requests until it is left alone"
    );
    for _ in 0..5 {
        let answer = client.get(OPEN).await;
        let wait: u64 = answer
            .header("retry-after")
            .expect("Retry-After")
            .parse()
            .expect("seconds");
        assert!((1..=2).contains(&wait), "{wait}");
        answer.expect_problem(503, "upstream.circuit_open");
    }
    assert_eq!(
        service.connections(),
        connections,
        "it was asked while the breaker is open"
    );
    assert_eq!(
        front.breaker("course").await,
        "closed",
        "the others are not touched"
    );
    let metrics = front.metrics().await;
    let at = service.url();
    let state = |module: &str, state: u8| {
        format!("gopro_upstream_breaker_state{{instance=\"{at}\",upstream=\"{module}\"}} {state}")
    };
    for line in [
        state("user", 2),
        state("course", 0),
        "gopro_upstream_requests_total{outcome=\"open\",upstream=\"user\"} 5".to_owned(),
    ] {
        assert!(metrics.contains(&line), "{line} is missing in {metrics}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn three_requests_at_a_time_try_a_service_that_failed() {
    let service = ScriptedService::that(Reply::json("500 Internal Server Error", "", "{}")).await;
    let front = GatewayTest::before_service(&service, &[PROXY]).await;
    let client = front.anonymous();
    for number in 0..20 {
        get_as(&client, number, OPEN)
            .await
            .expect_problem(500, "server.internal_error");
    }
    client
        .get(OPEN)
        .await
        .expect_problem(503, "upstream.circuit_open");
    assert_eq!(service.seen().len(), 20);
    service.now(Reply::ok_when_passed());
    while front.breaker("user").await == "open" {
        crate::support::between_looks().await;
    }
    let asking: Vec<_> = (0..10)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.get(OPEN).await.status })
        })
        .collect();
    service.has_seen(23).await;
    while asking.iter().filter(|task| !task.is_finished()).count() > 3 {
        crate::support::between_looks().await;
    }
    assert_eq!(service.seen().len(), 23, "three try");
    println!("R-19 of ten at a time, three try it again");
    assert_eq!(front.breaker("user").await, "half_open");
    service.pass(3);
    let mut statuses = Vec::new();
    for task in asking {
        statuses.push(task.await.expect("a status"));
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [[200; 3].as_slice(), &[503; 7]].concat());
    assert_eq!(front.breaker("user").await, "closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_turns_one_caller_away_stays_open_to_the_others() {
    for code in ["auth.busy", "server.busy"] {
        let problem = json!({ "code": code, "status": 503 }).to_string();
        let service = ScriptedService::that(Reply::json(
            "503 Service Unavailable",
            "Retry-After: 1\r\n",
            &problem,
        ))
        .await;
        let front = GatewayTest::before_service(&service, &[]).await;
        let client = front.anonymous();
        for _ in 0..60 {
            assert_eq!(client.get(OPEN).await.status, 503);
        }
        assert_eq!(front.breaker("user").await, "closed", "{code}");
        assert!(service.seen().len() >= 60, "every request was passed on");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_takes_too_long_is_given_up() {
    let service = ScriptedService::that(Reply::ok_when_passed()).await;
    let limit = [("server.request_timeout_seconds", "1")];
    let front = GatewayTest::before_service(&service, &limit).await;
    let client = front.anonymous();
    let answer = client.get(OPEN).await;
    answer.expect_problem(504, "upstream.timeout");
    assert_eq!(service.seen().len(), 1, "there was no time to ask again");
    assert_eq!(
        front.breaker("user").await,
        "closed",
        "one call says nothing"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_service_is_left_alone_before_it_answers_and_slows_no_other() {
    let slow = ScriptedService::that(Reply::ok_when_passed()).await;
    let quick = ScriptedService::that(Reply::ok()).await;
    let user = [("gateway.user", &*slow.url()), PROXY];
    let front = GatewayTest::before_service(&quick, &user).await;
    let client = front.anonymous();
    let asking: Vec<_> = (0..20)
        .map(|number| {
            let client = front.anonymous();
            tokio::spawn(async move { get_as(&client, number, OPEN).await.status })
        })
        .collect();
    let begun = Instant::now();
    while front.breaker("user").await == "closed" {
        assert!(begun.elapsed() < Duration::from_secs(20), "it stays closed");
        client.get(CATALOGUE).await.expect_status(200);
    }
    assert!(
        asking.iter().all(|task| !task.is_finished()),
        "none was answered"
    );
    client
        .get(OPEN)
        .await
        .expect_problem(503, "upstream.circuit_open");
    client.get(CATALOGUE).await.expect_status(200);
    println!(
        "R-18 a service that does not answer: left alone after {:.1?}, another one answers meanwhile",
        begun.elapsed()
    );
    for task in asking {
        task.abort();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_safe_to_repeat_is_sent_once_more() {
    let service = ScriptedService::that(Reply::Cut).await;
    let front = GatewayTest::before_service(&service, &[]).await;
    let client = front.anonymous();
    let mut before = 0;
    let mut times = |service: &ScriptedService| {
        let seen = service.seen().len();
        let times = seen - before;
        before = seen;
        times
    };
    client
        .get(OPEN)
        .await
        .expect_problem(502, "upstream.unreachable");
    assert_eq!(times(&service), 2, "reading changes nothing");
    client
        .touch("/api/v1/auth/refresh")
        .await
        .expect_problem(502, "upstream.unreachable");
    assert_eq!(times(&service), 1, "it may have been done");
    let keyed = client.request(Method::POST, "/api/v1/auth/refresh");
    send(keyed.header("Idempotency-Key", "one"))
        .await
        .expect_problem(502, "upstream.unreachable");
    assert_eq!(times(&service), 2, "the key makes it safe");
    let keyed = client.request(Method::POST, "/api/v1/auth/login");
    let keyed = keyed.header("Idempotency-Key", "two").json(&json!({}));
    send(keyed)
        .await
        .expect_problem(502, "upstream.unreachable");
    assert_eq!(times(&service), 1, "the body is gone");

    service.now(Reply::json(
        "503 Service Unavailable",
        "Retry-After: 7\r\n",
        "{}",
    ));
    let answer = client.get(OPEN).await;
    assert_eq!(answer.header("retry-after"), Some("7"));
    assert_eq!(times(&service), 1, "it said when");
    service.now(Reply::json("503 Service Unavailable", "", "{}"));
    client.get(OPEN).await.expect_status(503);
    assert_eq!(times(&service), 2);
    let metrics = front.metrics().await;
    let line = "gopro_upstream_retries_total{upstream=\"user\"} 3";
    assert!(metrics.contains(line), "{metrics}");
    println!("R-26 a slow body is cut, and no failure of the service");
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_stall_take_no_place_of_a_service() {
    let service = ScriptedService::that(Reply::ok()).await;
    let front = GatewayTest::before_service(&service, &[("gateway.concurrency", "4")]).await;
    let address = front.url().replace("http://", "");
    let head = format!(
        "PATCH /api/v1/users/me HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{{"
    );
    let mut stalled = Vec::new();
    for _ in 0..24 {
        let mut stream = TcpStream::connect(&address).await.expect("open");
        stream.write_all(head.as_bytes()).await.expect("sent");
        stalled.push(stream);
    }
    let client = front.anonymous();
    for _ in 0..20 {
        client.get(OPEN).await.expect_status(200);
    }
    // They arrive after all, and each gets its answer.
    for stream in &mut stalled {
        stream.write_all(&[b' '; 499]).await.expect("sent");
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.expect("an answer");
        assert_eq!(&answer, b"HTTP/1.1 200");
    }
    println!("R-26 bodies that stall take no place of a service behind the gateway");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_instance_puts_off_another_one_answers() {
    let puts_off = Reply::json("503 Service Unavailable", "Retry-After: 5\r\n", "{}");
    let ill = ScriptedService::that(puts_off).await;
    let well = ScriptedService::that(Reply::ok()).await;
    let both = format!("{},{}", ill.url(), well.url());
    let front = GatewayTest::before_service(&well, &[("gateway.user", &both)]).await;
    let client = front.anonymous();
    for _ in 0..4 {
        client.get(OPEN).await.expect_status(200);
    }
    assert!(!ill.seen().is_empty(), "it was never asked");
    let mut refused = 0;
    for _ in 0..4 {
        // What may not be repeated is answered as it is.
        let body = json!({ "login": "ada", "password": "x" });
        let answer = client.post("/api/v1/auth/login", body).await;
        refused += u32::from(answer.status == 503);
        answer.expect_status_in(&[200, 503]);
    }
    assert!(refused > 0, "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_see_within_seconds_that_the_only_instance_of_a_service_is_gone() {
    let quick = ScriptedService::that(Reply::ok()).await;
    let gone = ScriptedService::that(Reply::ok()).await;
    let course = [("gateway.course", &*gone.url())];
    let front = GatewayTest::before_service(&quick, &course).await;
    let url = gone.url();
    let ready = |state: u8| {
        format!("gopro_upstream_ready{{instance=\"{url}\",upstream=\"course\"}} {state}")
    };
    assert_eq!(front.health().await.expect_status(200)["status"], "up");
    assert!(front.metrics().await.contains(&ready(1)));
    drop(gone);
    let killed = Instant::now();
    let health = loop {
        let health = front.health().await;
        if health.status == 503 {
            break health.json();
        }
        assert!(
            killed.elapsed() < Duration::from_secs(10),
            "{}",
            health.text
        );
        crate::support::between_looks().await;
    };
    assert_eq!(health["status"], "down");
    assert_eq!(health["upstreams"]["course"][0]["ready"], false);
    assert_eq!(health["upstreams"]["user"][0]["ready"], true);
    let metrics = front.metrics().await;
    assert!(metrics.contains(&ready(0)), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_lost_one_of_two_instances_is_degraded() {
    let well = ScriptedService::that(Reply::ok()).await;
    let both = format!("{},http://127.0.0.1:1", well.url());
    let front = GatewayTest::before_service(&well, &[("gateway.course", &both)]).await;
    let deadline = Instant::now() + Duration::from_secs(10);
    while front.health().await.expect_status(200)["status"] != "degraded" {
        assert!(Instant::now() < deadline, "it is not noticed");
        crate::support::between_looks().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_service_that_is_known_to_be_silent() {
    // It takes connections and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", silent.local_addr().expect("an address"));
    let well = ScriptedService::that(Reply::ok()).await;
    let front = GatewayTest::before_service(&well, &[("gateway.user", &url)]).await;
    let client = front.anonymous();
    let begun = Instant::now();
    loop {
        let asked = Instant::now();
        let asking = tokio::time::timeout(Duration::from_secs(1), client.get(OPEN));
        if let Ok(answer) = asking.await {
            assert_eq!(answer.header("retry-after"), Some("2"));
            answer.expect_problem(503, "upstream.circuit_open");
            assert!(asked.elapsed() < Duration::from_secs(1));
            break;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(15),
            "it is waited for"
        );
    }
    let health = front.health().await.json();
    let faults = health["faults"].to_string();
    assert_eq!(health["status"], "down", "{health}");
    assert!(faults.contains(&url) && faults.contains("user"), "{faults}");
    drop(silent);
    let address = url.trim_start_matches("http://");
    let listener = TcpListener::bind(address).await.expect("the port is free");
    let _service = ScriptedService::on(listener, Reply::ok());
    let begun = Instant::now();
    while client.get(OPEN).await.status != 200 {
        assert!(begun.elapsed() < Duration::from_secs(15), "it stays away");
        crate::support::between_looks().await;
    }
    while front.health().await.text.contains("is away") {
        assert!(
            begun.elapsed() < Duration::from_secs(15),
            "it stays a fault"
        );
        crate::support::between_looks().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_no_connection_took_is_sent_when_there_is_one() {
    let elsewhere = ScriptedService::that(Reply::ok()).await;
    // The service comes back while the gateway waits for its retry, unless the wait is too short.
    for _ in 0..10 {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        drop(listener);
        let user = [("gateway.user", &*format!("http://{address}"))];
        let front = GatewayTest::before_service(&elsewhere, &user).await;
        let client = front.anonymous();
        let body = json!({ "login": "lena" });
        let asking =
            tokio::spawn(async move { client.post("/api/v1/auth/login", body).await.status });
        let repeated = "gopro_upstream_retries_total{upstream=\"user\"} 1";
        while !front.metrics().await.contains(repeated) {
            crate::support::between_looks().await;
        }
        let listener = TcpListener::bind(address).await;
        let service = ScriptedService::on(listener.expect("the port is free"), Reply::ok());
        if asking.await.expect("a status") == 200 {
            let seen = service.seen().concat();
            assert!(seen.ends_with("{\"login\":\"lena\"}"), "{seen}");
            return;
        }
    }
    panic!("the body was never sent again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_sends_slowly_is_no_fault_of_the_service() {
    let service = ScriptedService::that(Reply::ok()).await;
    let limit = [("server.request_timeout_seconds", "1")];
    let front = GatewayTest::before_service(&service, &limit).await;
    let mut stream = TcpStream::connect(front.address())
        .await
        .expect("a connection");
    let head = "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.expect("sent");
    let mut answer = vec![0; 4096];
    let count = stream.read(&mut answer).await.expect("an answer");
    let answer = String::from_utf8_lossy(&answer[..count]);
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    let metrics = front.metrics().await;
    let line = "gopro_upstream_requests_total{outcome=\"client\",upstream=\"user\"} 1";
    assert!(metrics.contains(line), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_service_puts_off_what_comes_next() {
    let service = ScriptedService::that(Reply::ok_when_passed()).await;
    let front = GatewayTest::before_service(&service, &[("gateway.concurrency", "1")]).await;
    let client = front.anonymous();
    let first = client.clone();
    let first = tokio::spawn(async move { first.get(OPEN).await.status });
    service.has_seen(1).await;
    let answer = client.get(OPEN).await;
    assert_eq!(answer.header("retry-after"), Some("1"));
    answer.expect_problem(503, "upstream.overloaded");
    service.pass(1);
    assert_eq!(first.await.expect("a status"), 200);
    service.now(Reply::ok());
    assert_eq!(client.get(OPEN).await.status, 200);
    assert_eq!(service.seen().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_is_read_from_memory_while_its_service_is_away() {
    let app = AppTest::demo().await;
    let public = "Cache-Control: public, max-age=60\r\nETag: \"7\"\r\n";
    let service = ScriptedService::that(Reply::json("200 OK", public, "{\"items\":[1]}")).await;
    let course = [("gateway.course", &*service.url()), PROXY];
    let front = GatewayTest::before(&app, &course).await;
    let client = front.anonymous();
    let fresh = client.get(CATALOGUE).await;
    assert_eq!(fresh.header("warning"), None);
    let private = "Cache-Control: private, no-store\r\n";
    service.now(Reply::json("200 OK", private, "{\"items\":[2]}"));
    client.get("/api/v1/tags").await.expect_status(200);

    service.now(Reply::Cut);
    let stale = client.get(CATALOGUE).await;
    assert_eq!(stale.header("warning"), Some("110 - \"Response is Stale\""));
    let age: u64 = stale.header("age").expect("Age").parse().expect("seconds");
    assert!(age < 60, "{age}");
    assert_eq!(stale.etag(), "\"7\"");
    assert_eq!(stale.text, fresh.text);
    let request = client
        .request(Method::GET, CATALOGUE)
        .header("If-None-Match", "\"7\"");
    assert_eq!(send(request).await.status, 304);
    for other in ["/api/v1/courses?limit=1", "/api/v1/tags"] {
        client
            .get(other)
            .await
            .expect_problem(502, "upstream.unreachable");
    }
    let learner = app.log_in("learner").await.at(&front.url());
    learner
        .get(CATALOGUE)
        .await
        .expect_problem(502, "upstream.unreachable");

    service.now(Reply::json("500 Internal Server Error", "", "{}"));
    for number in 0..40 {
        let stale = get_as(&client, number, CATALOGUE).await;
        assert_eq!(stale.expect_status(200)["items"][0], 1);
    }
    assert_eq!(front.breaker("course").await, "open");
    let stale = client.get(CATALOGUE).await;
    assert!(stale.header("warning").is_some(), "the breaker is open");
    learner
        .get(CATALOGUE)
        .await
        .expect_problem(503, "upstream.circuit_open");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_no_token_can_be_checked_none_counts() {
    let service = ScriptedService::that(Reply::ok()).await;
    let front = GatewayTest::before_service(&service, &[]).await;
    let app = AppTest::demo().await;
    let learner = app.log_in("learner").await.at(&front.url());
    learner.get("/api/v1/users/me").await.expect_status(503);
    assert_eq!(service.seen().len(), 0);
    front.anonymous().get(CATALOGUE).await.expect_status(200);
}
