//! Redis as what processes share, and as what may go away at any time (R-17, S-72).

use std::fmt::Debug;
use std::time::{Duration, Instant};

use futures::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::gateway::GatewayTest;
use crate::support::process::{gopro, run};
use crate::support::redis::Redis;
use crate::support::storage::Storage;
use crate::support::{Answer, AppTest, Client, Process};

/// The request: it needs no account.
const ANY: &str = "/api/v1/courses";

/// A server that counts in Redis.
async fn sharing(redis: &Redis, per_minute: &str, instances: &str) -> AppTest {
    let app = AppTest::spawn_with(&[
        ("cache.url", &redis.url()),
        ("limits.requests_per_minute", per_minute),
        ("limits.instances", instances),
    ])
    .await;
    wait_until(&app, "up").await;
    app
}

async fn cache_of(internal_url: &str) -> String {
    let health = Client::new(internal_url).get("/health").await;
    let health = health.expect_status(200);
    health["cache"].as_str().expect("a state").to_owned()
}

/// Within ten seconds, the time in which a cache must be used again.
async fn wait_until(app: &AppTest, state: &str) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while cache_of(&app.internal_url()).await != state {
        assert!(Instant::now() < deadline, "the cache is not {state}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Tries again after a while, because on a busy machine Redis may seem to be slow.
async fn eventually<T: PartialEq + Debug>(expected: T, attempt: impl AsyncFn() -> T) {
    for _ in 0..4 {
        if attempt().await == expected {
            return;
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
    }
    assert_eq!(attempt().await, expected);
}

/// The limit by which it was counted, and how many are left of it.
fn counted(answer: &Answer) -> (u32, u32) {
    let number = |header: &str, name: &str| {
        let text = answer.header(header).expect(header);
        let (_, rest) = text.split_once(name).expect(name);
        let digits = rest.split(';').next().expect("a number");
        digits.parse().expect("a number")
    };
    (number("ratelimit-policy", "q="), number("ratelimit", "r="))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_instances_together_let_through_what_one_would() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    // By itself each would let two more through.
    let limit = 120;
    let apps = [
        sharing(&redis, "120", "60").await,
        sharing(&redis, "120", "60").await,
    ];
    eventually(true, async || {
        let _: String = redis.run(&["FLUSHALL"]).await;
        let begun = Instant::now();
        let clients = (0..16).map(|number| apps[number % 2].anonymous());
        let answers = join_all(clients.map(async |client| {
            let mut answers = Vec::new();
            for _ in 0..20 {
                answers.push(client.get(ANY).await);
            }
            answers
        }));
        let answers: Vec<Answer> = answers.await.into_iter().flatten().collect();
        let (passed, refused): (Vec<_>, Vec<_>) =
            answers.into_iter().partition(|answer| answer.status == 200);
        // Two requests a second come back meanwhile.
        let most = f64::from(limit) * (1.05 + begun.elapsed().as_secs_f64() / 60.0);
        let count = passed.len();
        assert!(count as f64 <= most, "{count} passed, {most} may");
        let together = refused.iter().all(|answer| counted(answer) == (limit, 0));
        for answer in refused {
            let wait = answer.header("retry-after").expect("Retry-After");
            assert!(["1", "30"].contains(&wait), "{wait}");
            answer.expect_problem(429, "request.rate_limited");
        }
        together && count >= limit as usize
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_redis_is_gone_each_counts_a_part_by_itself_and_together_when_it_is_back() {
    let Some(mut redis) = Redis::start().await else {
        return;
    };
    let one = sharing(&redis, "6", "2").await;
    let two = sharing(&redis, "6", "2").await;
    let turns = async |redis: &Redis| {
        let _: String = redis.run(&["FLUSHALL"]).await;
        let first = counted(&one.anonymous().get(ANY).await);
        [first, counted(&two.anonymous().get(ANY).await)]
    };
    eventually([(6, 5), (6, 4)], async || turns(&redis).await).await;
    redis.kill();
    for app in [&one, &two] {
        for _ in 0..3 {
            let answer = app.anonymous().get(ANY).await;
            assert_eq!(counted(&answer).0, 3);
            answer.expect_status_in(&[200, 429]);
        }
        let refused = app.anonymous().get(ANY).await;
        refused.expect_problem(429, "request.rate_limited");
        assert_eq!(cache_of(&app.internal_url()).await, "down");
        assert_eq!(app.anonymous().get("/readyz").await.status, 200);
    }
    redis.start_again().await;
    let begun = Instant::now();
    wait_until(&one, "up").await;
    wait_until(&two, "up").await;
    println!(
        "R-17 Redis gone: each instance lets its part through; used again {:.1?} after it is back",
        begun.elapsed()
    );
    eventually([(6, 5), (6, 4)], async || turns(&redis).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_does_not_answer_holds_no_request_up() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let app = sharing(&redis, "1000", "2").await;
    redis.pause();
    let client = app.anonymous();
    let timed = join_all((0..32).map(async |_| {
        let begun = Instant::now();
        let answer = client.get(ANY).await;
        (answer, begun.elapsed())
    }));
    let mut slowest = Duration::ZERO;
    for (answer, took) in timed.await {
        assert_eq!((answer.status, counted(&answer).0), (200, 500));
        assert!(took < Duration::from_secs(2), "{took:?}");
        slowest = slowest.max(took);
    }
    println!("R-17 Redis does not answer: the slowest of 32 requests at once took {slowest:.1?}");
    wait_until(&app, "down").await;
    redis.resume();
    wait_until(&app, "up").await;
    eventually(1000, async || counted(&client.get(ANY).await).0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_redis_is_not_believed() {
    for nonsense in ["HTTP/1.1 400 Bad Request\r\n\r\n", "+OK\r\n", ":7\r\n"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("redis://{}", listener.local_addr().expect("an address"));
        let liar = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut bytes = [0; 1024];
                    while let Ok(1..) = stream.read(&mut bytes).await {
                        if stream.write_all(nonsense.as_bytes()).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        let settings = [("cache.url", url.as_str()), ("limits.instances", "2")];
        let app = AppTest::spawn_with(&settings).await;
        let answer = app.anonymous().get(ANY).await;
        assert_eq!((answer.status, counted(&answer).0), (200, 500_000));
        assert_eq!(cache_of(&app.internal_url()).await, "down", "{nonsense}");
        liar.abort();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flush_and_foreign_values_only_begin_to_count_anew() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let app = sharing(&redis, "5", "1").await;
    let client = app.anonymous();
    let count = async || counted(&client.get(ANY).await);
    eventually([(5, 4), (5, 3)], async || {
        let _: String = redis.run(&["FLUSHALL"]).await;
        [count().await, count().await]
    })
    .await;
    let keys: Vec<String> = redis.run(&["KEYS", "gopro:limit:*"]).await;
    let [key] = keys.as_slice() else {
        panic!("one key was expected: {keys:?}");
    };
    let lifetime: i64 = redis.run(&["PTTL", key]).await;
    assert!((1..=60_000).contains(&lifetime), "{lifetime}");
    for foreign in [
        ["FLUSHALL"].as_slice(),
        &["SET", key, "anything"],
        &["SET", key, "nan"],
        &["SET", key, "9e300"],
        &["SET", key, "-1"],
    ] {
        eventually((5, 4), async || {
            client.get(ANY).await.expect_status_in(&[200, 429]);
            let _: String = redis.run(foreign).await;
            count().await
        })
        .await;
    }
    eventually((5, 4), async || {
        let _: i64 = redis.run(&["DEL", key]).await;
        let _: i64 = redis.run(&["LPUSH", key, "a list"]).await;
        count().await
    })
    .await;
    eventually((5, 4), async || {
        let _: String = redis.run(&["FLUSHALL"]).await;
        let _: String = redis.run(&["SCRIPT", "FLUSH"]).await;
        count().await
    })
    .await;
    wait_until(&app, "up").await;
}

/// Two installations cannot be distinguished by a secret that they share, so that what one answers from
/// the cache shows itself by being the other's.
const SAME_KEY: (&str, &str) = (
    "auth.master_key",
    "the same for both, and 32 letters at least",
);

async fn titles(app: &AppTest) -> usize {
    let list = app.anonymous().get(ANY).await.expect_status(200);
    list["items"].as_array().expect("items").len()
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_hand_each_other_the_catalogue_and_believe_nobody_else() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let url = redis.url();
    let settings = [("cache.url", url.as_str()), SAME_KEY];
    let full = AppTest::demo_and(&settings).await;
    let empty = AppTest::spawn_with(&settings).await;
    wait_until(&full, "up").await;
    wait_until(&empty, "up").await;
    // Both have committed at their start, and take nothing for a while.
    assert_eq!((titles(&full).await, titles(&empty).await), (1, 0));
    eventually((1, 1), async || {
        tokio::time::sleep(Duration::from_millis(1100)).await;
        let made = titles(&full).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        (made, titles(&empty).await)
    })
    .await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    assert_eq!(titles(&empty).await, 0, "a second is all that it holds");

    // It is kept for a second, which a busy machine may take to look for it.
    let mut keys: Vec<String> = Vec::new();
    while keys.is_empty() {
        assert_eq!(titles(&empty).await, 0);
        keys = redis.run(&["KEYS", "gopro:answer:*"]).await;
    }
    let key = &keys[0];
    // What a process wrote, long ago or in another place, and the same with a seal of nobody's.
    let genuine: Vec<u8> = redis.run(&["GET", key]).await;
    let other = format!("{key}?limit=7");
    let mut foreign = genuine.clone();
    foreign[..32].fill(b'x');
    for bytes in [b"".to_vec(), b"x".to_vec(), foreign, genuine] {
        tokio::time::sleep(Duration::from_millis(1100)).await;
        for at in [key, &other] {
            redis.set_for_a_second(at, &bytes).await;
        }
        let list = empty.anonymous().get("/api/v1/courses?limit=7").await;
        assert_eq!(list.expect_status(200)["items"], serde_json::json!([]));
        assert_eq!(titles(&empty).await, 0);
    }
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let _: i64 = redis.run(&["DEL", key]).await;
    let _: i64 = redis.run(&["LPUSH", key, "a list"]).await;
    assert_eq!(titles(&full).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flush_gives_nobody_their_session_back() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let app = sharing(&redis, "1000", "1").await;
    let lena = app.learner().await;
    lena.get("/api/v1/users/me").await.expect_status(200);
    lena.touch("/api/v1/auth/logout").await.expect_status(204);
    let _: String = redis.run(&["FLUSHALL"]).await;
    let refused = lena.get("/api/v1/users/me").await;
    refused.expect_problem(401, "auth.token_invalid");
    println!("R-17 Redis flushed: an ended session stays ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_and_its_services_count_apart() {
    let Some(redis) = Redis::start().await else {
        return;
    };
    let app = sharing(&redis, "6", "1").await;
    let settings = [
        ("cache.url", &*redis.url()),
        ("limits.requests_per_minute", "5"),
    ];
    let front = GatewayTest::before(&app, &settings).await;
    eventually(true, async || {
        front.metrics().await.contains("gopro_cache_up 1")
    })
    .await;
    eventually([(5, 4), (5, 3), (6, 3)], async || {
        let _: String = redis.run(&["FLUSHALL"]).await;
        let before = front.anonymous();
        let first = counted(&before.get(ANY).await);
        let second = counted(&before.get(ANY).await);
        [first, second, counted(&app.anonymous().get(ANY).await)]
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_logged_once_and_metrics_and_the_doctor_know_of_it() {
    let Some(mut redis) = Redis::start().await else {
        return;
    };
    let storage = Storage::new().await;
    let log = storage.folder.path().join("log");
    let cache = format!("cache.url={}", redis.url());
    let file = std::fs::File::create(&log).expect("a file");
    let server = Process::serve_into(&storage, &["--set", &cache], file.into()).await;
    let internal = Client::new(&server.internal_url);
    let doctor = || run(gopro(&storage).args(["doctor", "--set", &cache]));
    let metric = async |line: &str| internal.get("/metrics").await.text.contains(line);
    eventually(true, async || metric("gopro_cache_up 1").await).await;
    let (code, output, errors) = doctor();
    assert_eq!(code, 0, "{errors}");
    assert!(output.contains("ok    the cache responds"), "{output}");
    // An answer that is late on a busy machine is an outage too.
    let logged = || std::fs::read_to_string(&log).expect("the log");
    let outages = || logged().matches("the cache does not respond").count();
    let before = outages();
    redis.kill();
    for _ in 0..20 {
        server.client().get(ANY).await.expect_status(200);
    }
    // Long enough for it to be tried again in vain.
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(metric("gopro_cache_up 0").await);
    assert_eq!(outages(), before + 1, "{}", logged());
    let (code, output, errors) = doctor();
    assert_eq!(code, 0, "{errors}");
    assert!(
        output.contains("warn  the cache does not respond"),
        "{output}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_cache_nothing_is_said_to_be_down() {
    let app = AppTest::spawn().await;
    assert_eq!(cache_of(&app.internal_url()).await, "none");
    let internal = Client::new(&app.internal_url());
    let metrics = internal.get("/metrics").await.text;
    assert!(!metrics.contains("gopro_cache_up"), "{metrics}");
}
