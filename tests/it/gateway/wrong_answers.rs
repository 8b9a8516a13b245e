//! Every way in which a service can answer wrongly: the client gets a well-formed answer in time,
//! and nobody else notices.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::json;

use crate::support::gateway::{GatewayTest, Reply, ScriptedService};
use crate::support::raw_service::{OK, RawService, Step};

/// Of the user module, so that a POST is sent once and the account exists for nobody.
const ASKED: &str = "/api/v1/auth/register";

/// What the client gets.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Outcome {
    /// 502 as a problem.
    Bad,
    /// 502 as a problem: the connection ended before the answer began.
    Gone,
    /// 504 as a problem.
    Late,
    /// An answer with this status, and of it what a client may get.
    Answer(u16),
    /// It may be taken for an answer or for a fault.
    Either,
    /// The beginning of a long answer, and a cut connection.
    Cut,
}
use Outcome::{Answer, Bad, Cut, Either, Gone, Late};

struct Case {
    name: &'static str,
    steps: Vec<Step>,
    outcome: Outcome,
    early: bool,
}

fn case(name: &'static str, outcome: Outcome, steps: Vec<Step>) -> Case {
    Case {
        name,
        steps,
        outcome,
        early: false,
    }
}

/// Sends these bytes and leaves the connection open.
fn says(name: &'static str, outcome: Outcome, bytes: impl Into<Vec<u8>>) -> Case {
    case(name, outcome, vec![Step::Send(bytes.into())])
}

/// Sends these bytes and closes the connection.
fn closes(name: &'static str, outcome: Outcome, bytes: impl Into<Vec<u8>>) -> Case {
    case(name, outcome, vec![Step::Send(bytes.into()), Step::Close])
}

fn with_headers(name: &'static str, outcome: Outcome, headers: &str) -> Case {
    let answer = format!("HTTP/1.1 200 OK\r\n{headers}\r\nContent-Length: 2\r\n\r\n{{}}");
    says(name, outcome, answer)
}

fn chunked(name: &'static str, outcome: Outcome, body: &str) -> Case {
    let answer = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
    says(name, outcome, answer)
}

fn drips(name: &'static str, bytes: &str) -> Case {
    let (head, rest) = bytes.split_once('|').expect("a mark");
    let steps = vec![
        Step::Send(head.into()),
        Step::Drip(rest.repeat(500).into()),
        Step::Silence,
    ];
    case(name, Late, steps)
}

fn floods(name: &'static str, outcome: Outcome, head: &str, bytes: &str) -> Case {
    let steps = vec![Step::Send(head.into()), Step::Flood(bytes.into())];
    case(name, outcome, steps)
}

fn heads() -> Vec<Case> {
    let eight = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(8);
    let many: String = (0..10_000).map(|nr| format!("X-A{nr}: b\r\n")).collect();
    let megabyte = "a".repeat(1_000_000);
    vec![
        floods("endless 100", Bad, "", "HTTP/1.1 100 Continue\r\n\r\n"),
        floods(
            "endless 103",
            Bad,
            "",
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
        ),
        says(
            "eight 103 and an answer",
            Answer(200),
            format!("{eight}{OK}"),
        ),
        says(
            "nine 103 and an answer",
            Bad,
            format!("{eight}HTTP/1.1 103 a\r\n\r\n{OK}"),
        ),
        says(
            "100 although nobody waits for it",
            Answer(200),
            format!("HTTP/1.1 100 Continue\r\n\r\n{OK}"),
        ),
        closes("100 and no answer", Gone, "HTTP/1.1 100 Continue\r\n\r\n"),
        says(
            "101",
            Bad,
            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
        ),
        says("999", Bad, "HTTP/1.1 999 No\r\nContent-Length: 0\r\n\r\n"),
        says("600", Bad, "HTTP/1.1 600 No\r\nContent-Length: 0\r\n\r\n"),
        says("99", Bad, "HTTP/1.1 99 No\r\nContent-Length: 0\r\n\r\n"),
        says("000", Bad, "HTTP/1.1 000 No\r\nContent-Length: 0\r\n\r\n"),
        says("a status that is no number", Bad, "HTTP/1.1 abc No\r\n\r\n"),
        says(
            "a status without a reason",
            Answer(200),
            "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}",
        ),
        says("no version", Bad, "200 OK\r\n\r\n"),
        says("HTTP/0.9", Bad, "<html>hello</html>"),
        closes(
            "HTTP/1.0",
            Answer(200),
            "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        ),
        closes(
            "HTTP/1.0 without a length",
            Bad,
            "HTTP/1.0 200 OK\r\n\r\n{}",
        ),
        with_headers(
            "the names of two requests",
            Bad,
            "X-Request-Id: 01940000-0000-7000-8000-000000000001",
        ),
        says("HTTP/2.0", Bad, "HTTP/2.0 200 OK\r\n\r\n"),
        says(
            "the settings of HTTP/2",
            Bad,
            b"\x00\x00\x00\x04\x00\x00\x00\x00\x00".to_vec(),
        ),
        says("garbage", Bad, [0xff, 0xfe, 0, 1, 2, 3].repeat(100)),
        says(
            "the bytes of TLS",
            Bad,
            b"\x15\x03\x01\x00\x02\x02\x46".to_vec(),
        ),
        case(
            "a head of a megabyte",
            Bad,
            vec![Step::Send(
                format!("HTTP/1.1 200 OK\r\nX: {megabyte}\r\n\r\n").into(),
            )],
        ),
        floods("a head without end", Bad, "HTTP/1.1 200 OK\r\nX: ", "a"),
        says(
            "10,000 headers",
            Bad,
            format!("HTTP/1.1 200 OK\r\n{many}\r\n"),
        ),
        with_headers("a header without a colon", Bad, "X-Broken"),
        with_headers("a header without a name", Bad, ": x"),
        with_headers("NUL in a header", Bad, "X-A: a\0b"),
        with_headers("CR in a header", Bad, "X-A: a\rb"),
        with_headers("a folded header", Bad, "X-A: a\r\n b"),
        says(
            "bare line feeds",
            Either,
            "HTTP/1.1 200 OK\nContent-Length: 2\n\n{}",
        ),
        drips(
            "a head of one byte at a time",
            "|HTTP/1.1 200 OK\r\nX: a\r\n",
        ),
        case(
            "a head that stops",
            Late,
            vec![Step::Send("HTTP/1.1 200 OK\r\n".into()), Step::Silence],
        ),
        case("nothing at all", Late, vec![Step::Silence]),
        case("closed before the head", Gone, vec![Step::Close]),
        closes("closed in the head", Gone, "HTTP/1.1 200 OK\r\nContent-Le"),
        case("reset", Gone, vec![Step::Reset]),
        Case {
            early: true,
            ..closes("an answer before the request", Either, OK)
        },
        says(
            "205",
            Bad,
            "HTTP/1.1 205 Reset\r\nContent-Length: 0\r\n\r\n",
        ),
        says(
            "206",
            Bad,
            "HTTP/1.1 206 Part\r\nContent-Range: bytes 0-1/9\r\nContent-Length: 2\r\n\r\n{}",
        ),
        says("407", Bad, "HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n"),
        says("426", Bad, "HTTP/1.1 426 No\r\nContent-Length: 0\r\n\r\n"),
        says(
            "408",
            Answer(408),
            "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        ),
        says(
            "417",
            Answer(417),
            "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n",
        ),
        says(
            "a redirect",
            Answer(302),
            "HTTP/1.1 302 Found\r\nLocation: https://idp.example/\r\nContent-Length: 0\r\n\r\n",
        ),
    ]
}

fn bodies() -> Vec<Case> {
    let extension = format!("2;{}\r\n{{}}\r\n0\r\n\r\n", "a".repeat(100_000));
    let trailers = format!("2\r\n{{}}\r\n0\r\n{}\r\n", "A: b\r\n".repeat(100_000));
    let long = "a".repeat(100_000);
    vec![
        chunked("a broken first chunk", Bad, "zz\r\n{}\r\n0\r\n\r\n"),
        chunked("a broken later chunk", Bad, "2\r\n{}\r\nzz\r\n"),
        chunked(
            "a chunk that is longer than it says",
            Bad,
            "2\r\n{\"a\":1}\r\n0\r\n\r\n",
        ),
        chunked("a negative chunk", Bad, "-2\r\n{}\r\n0\r\n\r\n"),
        chunked(
            "a chunk larger than can be",
            Bad,
            "ffffffffffffffffff\r\n{}\r\n0\r\n\r\n",
        ),
        chunked("a long chunk extension", Bad, &extension),
        chunked(
            "trailers",
            Answer(200),
            "2\r\n{}\r\n0\r\nX-Internal-Sum: 1\r\n\r\n",
        ),
        chunked("endless trailers", Bad, &trailers),
        chunked("chunks that never end", Late, "2\r\n{}\r\n"),
        closes(
            "closed between chunks",
            Bad,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
        ),
        closes(
            "a body that only the end of the connection ends",
            Bad,
            "HTTP/1.1 200 OK\r\n\r\n{\"unr",
        ),
        closes(
            "no body, and only the end of the connection says so",
            Bad,
            "HTTP/1.1 200 OK\r\n\r\n",
        ),
        says(
            "204 without a length",
            Answer(204),
            "HTTP/1.1 204 No Content\r\n\r\n",
        ),
        closes(
            "closed in the body",
            Bad,
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
        ),
        says(
            "a shorter body than it says",
            Late,
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
        ),
        says(
            "a longer body than it says",
            Answer(200),
            format!("{OK}{OK}"),
        ),
        says(
            "garbage after the body",
            Answer(200),
            format!("{OK}garbage"),
        ),
        with_headers("two lengths", Bad, "Content-Length: 3"),
        with_headers("a length and chunks", Bad, "Transfer-Encoding: chunked"),
        says(
            "a negative length",
            Bad,
            "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}",
        ),
        says(
            "a length larger than can be",
            Bad,
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n{}",
        ),
        says(
            "a length that is no number",
            Bad,
            "HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\n{}",
        ),
        says(
            "an unknown transfer encoding",
            Bad,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n{}",
        ),
        says(
            "two transfer encodings",
            Bad,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        ),
        with_headers(
            "a bomb that claims to be compressed",
            Bad,
            "Content-Encoding: gzip",
        ),
        says(
            "a body after 204",
            Answer(204),
            "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n{}",
        ),
        says(
            "304 although nobody has anything",
            Bad,
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n{}",
        ),
        with_headers(
            "a media type that is none",
            Answer(200),
            "Content-Type: \"><script>",
        ),
        drips(
            "a body of one byte at a time",
            "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n|a",
        ),
        drips(
            "a stream of events, which no operation gives",
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n|1\r\na\r\n",
        ),
        drips(
            "chunks of one byte at a time",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n|1\r\na\r\n",
        ),
        closes(
            "closed in a long body",
            Cut,
            format!("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n{long}"),
        ),
        chunked(
            "a broken chunk in a long body",
            Cut,
            &format!("186a0\r\n{long}\r\nzz\r\n"),
        ),
        floods(
            "a long body without pause",
            Cut,
            "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
            "a",
        ),
        floods(
            "chunks without pause",
            Cut,
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            &format!("400\r\n{}\r\n", "a".repeat(1024)),
        ),
        case(
            "a long body that drips",
            Cut,
            vec![
                Step::Send(
                    format!("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n{long}").into(),
                ),
                Step::Drip(vec![b'a'; 900]),
            ],
        ),
        with_headers(
            "headers of the inside",
            Answer(200),
            "Server: inner\r\nX-Powered-By: inner\r\nX-Internal-Shard: 7\r\nSet-Cookie: inner=1\r\nCache-Control: public, max-age=600\r\nContent-Security-Policy: default-src * inner\r\nConnection: keep-alive, X-Named\r\nX-Named: inner\r\nKeep-Alive: timeout=inner\r\nProxy-Authenticate: inner\r\nUpgrade: inner",
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_service_answers_the_client_gets_a_sound_answer_in_time() {
    let wrong = RawService::start().await;
    let quick = ScriptedService::that(Reply::ok()).await;
    let settings = [
        ("gateway.user", wrong.url()),
        ("gateway.concurrency", "4"),
        ("server.request_timeout_seconds", "1"),
    ];
    let front = GatewayTest::before_service(&quick, &settings).await;
    let others = Others::of(&front);
    let cases: Vec<Case> = heads().into_iter().chain(bodies()).collect();
    assert!(cases.len() >= 60, "{}", cases.len());
    for case in &cases {
        wrong.answers_wrongly(case.early, case.steps.clone());
        ask(&front, case).await;
        // Two good answers keep the breaker closed, and show that the room was given back.
        wrong.answers_well();
        for _ in 0..2 {
            let answer = front.anonymous().post(ASKED, json!({})).await;
            assert_eq!(answer.status, 200, "after {}: {}", case.name, answer.text);
        }
    }
    let (count, p95) = others.end().await;
    println!(
        "{} wrong answers; the others: p95 {p95:?} of {count}",
        cases.len()
    );
    assert!(count >= 200, "{count} others");
    assert!(p95 < Duration::from_millis(200), "{p95:?} of {count}");
}

/// Sends one request, and checks the answer.
async fn ask(front: &GatewayTest, case: &Case) {
    let name = case.name;
    let begun = Instant::now();
    let request = front
        .anonymous()
        .request(Method::POST, ASKED)
        .json(&json!({}));
    let answer = request.send().await;
    let answer = answer.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let text = answer.text().await;
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(3), "{name}: {took:?}");
    for (header, value) in &headers {
        let value = value.to_str().unwrap_or_default();
        assert!(!value.contains("inner"), "{name}: {header}: {value}");
        assert!(
            !header.as_str().starts_with("x-internal"),
            "{name}: {header}"
        );
        assert!(!value.contains("public"), "{name}: {header}: {value}");
    }
    let code = match (case.outcome, status) {
        (Cut, 200) => {
            assert!(text.is_err(), "{name} was told as whole");
            return;
        }
        (Answer(wanted), _) if wanted == status && wanted < 400 => None,
        (Answer(wanted), _) if wanted == status => Some("request."),
        (Either, 200) => None,
        (Bad | Either, 502) => Some("upstream.response_invalid"),
        (Gone, 502) => Some("upstream.unreachable"),
        (Late, 504) => Some("upstream.timeout"),
        _ => panic!("{name}: {status} instead of {:?}: {text:?}", case.outcome),
    };
    let text = text.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    if let Some(code) = code {
        let problem: serde_json::Value = serde_json::from_str(&text).expect("a problem");
        let told = problem["code"].as_str().expect("a code");
        assert!(
            told.starts_with(code) || case.outcome == Either,
            "{name}: {problem}"
        );
        assert_eq!(
            headers["content-type"], "application/problem+json",
            "{name}"
        );
    } else if status == 200 {
        assert_eq!(text, "{}", "{name}");
    }
}

/// Requests to another service of the same gateway meanwhile.
struct Others {
    end: Arc<AtomicBool>,
    asking: Vec<tokio::task::JoinHandle<Vec<Duration>>>,
}

impl Others {
    fn of(front: &GatewayTest) -> Self {
        let end = Arc::new(AtomicBool::new(false));
        let asking = (0..3).map(|_| {
            let (client, end) = (front.anonymous(), Arc::clone(&end));
            tokio::spawn(async move {
                let mut took = Vec::new();
                while !end.load(Ordering::Relaxed) {
                    let begun = Instant::now();
                    let answer = client.get("/api/v1/courses").await;
                    took.push(begun.elapsed());
                    assert_eq!(answer.status, 200, "{}", answer.text);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                took
            })
        });
        Self {
            asking: asking.collect(),
            end,
        }
    }

    async fn end(self) -> (usize, Duration) {
        self.end.store(true, Ordering::Relaxed);
        let mut took = Vec::new();
        for task in self.asking {
            took.extend(task.await.expect("the others were answered"));
        }
        took.sort_unstable();
        (took.len(), took[took.len() * 95 / 100])
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_not_used_again_after_a_fault() {
    let wrong = RawService::start().await;
    let front = GatewayTest::before_service(
        &ScriptedService::that(Reply::ok()).await,
        &[
            ("gateway.user", wrong.url()),
            ("server.request_timeout_seconds", "1"),
        ],
    )
    .await;
    let faults = [Bad, Late];
    let left_over = ["a longer body than it says", "garbage after the body"];
    let cases = heads().into_iter().chain(bodies());
    let cases =
        cases.filter(|case| faults.contains(&case.outcome) || left_over.contains(&case.name));
    // Endless ones end with their connection.
    let cases = cases.filter(|case| matches!(&case.steps[..], [Step::Send(_)]));
    for case in cases {
        wrong.answers_wrongly(case.early, case.steps.clone());
        ask(&front, &case).await;
        wrong.answers_well();
        for _ in 0..4 {
            let answer = front.anonymous().post(ASKED, json!({})).await;
            assert_eq!(answer.status, 200, "after {}: {}", case.name, answer.text);
        }
        assert!(!wrong.was_reused(), "after {}", case.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_sent_twice_reaches_nobody_else() {
    let wrong = RawService::start().await;
    let quick = ScriptedService::that(Reply::ok()).await;
    let front = GatewayTest::before_service(&quick, &[("gateway.user", wrong.url())]).await;
    let first = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n\"first\"";
    let pause = Duration::from_millis(30);
    let steps = vec![
        Step::Send(first.into()),
        Step::SendAfter(pause, first.into()),
    ];
    for round in 0..20 {
        wrong.answers_wrongly(false, steps.clone());
        let answer = front.anonymous().post(ASKED, json!({})).await;
        assert_eq!(answer.text, "\"first\"", "round {round}");
        wrong.answers_well();
        // These meet the connection before, while and after the second answer comes over it.
        for _ in 0..4 {
            let answer = front.anonymous().post(ASKED, json!({})).await;
            assert_ne!(answer.text, "\"first\"", "round {round}");
            tokio::time::sleep(pause / 3).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_names_no_request_or_another_is_none() {
    let wrong = RawService::start().await;
    let quick = ScriptedService::that(Reply::ok()).await;
    let front = GatewayTest::before_service(&quick, &[("gateway.user", wrong.url())]).await;
    for name in ["", "X-Request-Id: somebody-elses\r\n"] {
        // The stub names the request in answers of HTTP/1 alone, which begin a piece.
        let (line, rest) = (
            "HTTP/1.1 200 OK\r",
            format!("\n{name}Content-Length: 2\r\n\r\n{{}}"),
        );
        wrong.answers_wrongly(
            false,
            vec![Step::Drip(line.into()), Step::Send(rest.into())],
        );
        let answer = front.anonymous().post(ASKED, json!({})).await;
        answer.expect_problem(502, "upstream.response_invalid");
        assert!(!wrong.was_reused(), "after {name:?}");
        wrong.answers_well();
        for _ in 0..2 {
            let answer = front.anonymous().post(ASKED, json!({})).await;
            assert_eq!(answer.status, 200, "{}", answer.text);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_only_the_service_could_refuse_are_no_fault_of_the_service() {
    let service = ScriptedService::that(Reply::ok()).await;
    let front = GatewayTest::before_service(&service, &[]).await;
    let mut request = front.anonymous().request(Method::POST, ASKED);
    for nr in 0..88 {
        request = request.header(format!("x-many-{nr}"), "1");
    }
    let answer = request.json(&json!({})).send().await.expect("an answer");
    assert_eq!(answer.status(), 431);
    assert!(service.seen().is_empty(), "{:?}", service.seen());
}

#[tokio::test(flavor = "multi_thread")]
async fn four_floods_of_informational_answers_slow_nobody() {
    let wrong = RawService::start().await;
    let quick = ScriptedService::that(Reply::ok()).await;
    let front = GatewayTest::before_service(&quick, &[("gateway.user", wrong.url())]).await;
    let others = Others::of(&front);
    let flood = Step::Flood("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".into());
    wrong.answers_wrongly(false, vec![flood]);
    for _ in 0..4 {
        let asking = (0..4).map(|_| {
            let client = front.anonymous();
            tokio::spawn(async move { client.post(ASKED, json!({})).await })
        });
        for asked in asking.collect::<Vec<_>>() {
            let answer = asked.await.expect("an answer");
            answer.expect_problem(502, "upstream.response_invalid");
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let (count, p95) = others.end().await;
    println!("the others during floods: p95 {p95:?} of {count}");
    assert!(p95 < Duration::from_millis(200), "{p95:?} of {count}");
}
