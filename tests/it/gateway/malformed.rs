//! What is no HTTP: a problem and a closed connection, from a service and the gateway alike.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::gateway::GatewayTest;
use crate::support::{AppTest, Client};

const PROBE: &str = "GET /livez HTTP/1.1\r\nHost: a\r\n\r\n";

struct Case {
    name: &'static str,
    bytes: Vec<u8>,
    status: u16,
    code: &'static str,
    /// Whether the client sends no more after that.
    ends: bool,
}

fn case(name: &'static str, bytes: impl Into<Vec<u8>>) -> Case {
    Case {
        name,
        bytes: bytes.into(),
        status: 400,
        code: "request.malformed",
        ends: false,
    }
}

fn line(name: &'static str, line: &str) -> Case {
    case(name, format!("{line}\r\nHost: a\r\n\r\n"))
}

fn header(name: &'static str, header: &str) -> Case {
    case(
        name,
        format!("GET /livez HTTP/1.1\r\nHost: a\r\n{header}\r\n\r\n"),
    )
}

/// The beginning of a login, to which a client adds its body.
fn login(name: &'static str, rest: &str) -> Case {
    let head = "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json";
    case(name, format!("{head}\r\n{rest}"))
}

fn broken(case: Case) -> Case {
    Case {
        code: "request.body_incomplete",
        ..case
    }
}

fn chunks(name: &'static str, body: &str) -> Case {
    broken(login(
        name,
        &format!("Transfer-Encoding: chunked\r\n\r\n{body}"),
    ))
}

/// A request whose first chunk is none, and with which something else is wrong as well.
fn broken_and(name: &'static str, line: &str) -> Case {
    let head = format!("{line} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n");
    broken(case(name, format!("{head}\r\nxyz\r\n{{}}\r\n0\r\n\r\n")))
}

fn cases() -> Vec<Case> {
    let with = |status, code, case| Case {
        status,
        code,
        ..case
    };
    let ends = |case| Case { ends: true, ..case };
    let upgrade = |protocol: &str| format!("Connection: Upgrade\r\nUpgrade: {protocol}");
    vec![
        case("bare line feeds", "GET /livez HTTP/1.1\nHost: a\n\n"),
        case(
            "one bare line feed",
            "GET /livez HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
        ),
        case(
            "a bare carriage return",
            "GET /livez HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
        ),
        case("no host", "GET /livez HTTP/1.1\r\n\r\n"),
        case("an empty host", "GET /livez HTTP/1.1\r\nHost:\r\n\r\n"),
        case(
            "a host with a blank",
            "GET /livez HTTP/1.1\r\nHost: a b\r\n\r\n",
        ),
        case(
            "a host with a path",
            "GET /livez HTTP/1.1\r\nHost: a/b\r\n\r\n",
        ),
        case(
            "a host with a user",
            "GET /livez HTTP/1.1\r\nHost: x@a\r\n\r\n",
        ),
        case(
            "a port that is none",
            "GET /livez HTTP/1.1\r\nHost: a:b\r\n\r\n",
        ),
        case(
            "a port larger than can be",
            "GET /livez HTTP/1.1\r\nHost: a:99999\r\n\r\n",
        ),
        case(
            "a host that is escaped wrongly",
            "GET /livez HTTP/1.1\r\nHost: %zz%\r\n\r\n",
        ),
        case(
            "brackets around nothing",
            "GET /livez HTTP/1.1\r\nHost: []\r\n\r\n",
        ),
        case(
            "brackets around no address",
            "GET /livez HTTP/1.1\r\nHost: [....]\r\n\r\n",
        ),
        line("an address with a user", "GET http://x:y@a/livez HTTP/1.1"),
        line("an address with no host", "GET http:///livez HTTP/1.1"),
        line(
            "an address with a wrong port",
            "GET http://a:99999/livez HTTP/1.1",
        ),
        header("two hosts", "Host: a"),
        line("a method that is none", "G@T /livez HTTP/1.1"),
        line("no method", " /livez HTTP/1.1"),
        line("no version", "GET /livez"),
        line("a version with two digits", "GET /livez HTTP/1.10"),
        line("HTTP/2.0", "GET /livez HTTP/2.0"),
        line("HTTP/0.9", "GET /livez HTTP/0.9"),
        line("another protocol", "GET /livez ICY/1.1"),
        line("two blanks", "GET  /livez HTTP/1.1"),
        line("a blank in the address", "GET /livez x HTTP/1.1"),
        line("an address that is none", "GET livez HTTP/1.1"),
        line(
            "an address with letters that need escaping",
            "GET /lív HTTP/1.1",
        ),
        line("NUL in the address", "GET /livez\0 HTTP/1.1"),
        case("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        header("NUL in a header", "X: a\0b"),
        header("a folded header", "X: a\r\n b"),
        header("a header without a colon", "X"),
        header("a header without a name", ": x"),
        header("a blank before the colon", "X : y"),
        header("a header name that is none", "X(: y"),
        header(
            "both lengths",
            "Content-Length: 0\r\nTransfer-Encoding: chunked",
        ),
        header("two lengths", "Content-Length: 0\r\nContent-Length: 1"),
        header(
            "the same length twice",
            "Content-Length: 0\r\nContent-Length: 0",
        ),
        header("a list of lengths", "Content-Length: 0, 0"),
        header("a negative length", "Content-Length: -1"),
        header("a length with a sign", "Content-Length: +1"),
        header(
            "a length larger than can be",
            "Content-Length: 99999999999999999999",
        ),
        header("an unknown encoding", "Transfer-Encoding: gzip, chunked"),
        header(
            "two encodings",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        ),
        case(
            "chunks in HTTP/1.0",
            "POST /livez HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        ),
        chunks("a chunk size that is none", "xyz\r\n{}\r\n0\r\n\r\n"),
        chunks("a broken later chunk", "1\r\n{\r\nxyz\r\n"),
        chunks(
            "a chunk that is longer than it says",
            "1\r\n{}\r\n0\r\n\r\n",
        ),
        chunks("a trailer without a name", "2\r\n{}\r\n0\r\n: y\r\n\r\n"),
        chunks(
            "a trailer whose name is none",
            "2\r\n{}\r\n0\r\nX(y: z\r\n\r\n",
        ),
        chunks(
            "a trailer that goes on from nothing",
            "2\r\n{}\r\n0\r\n X: y\r\n\r\n",
        ),
        chunks("a bare line feed after a chunk size", "2\n{}\r\n0\r\n\r\n"),
        chunks(
            "a long body in chunks of a byte",
            &"1\r\n \r\n".repeat(1 << 17),
        ),
        chunks(
            "padded sizes of chunks",
            &"000000000000001\r\n \r\n".repeat(20_000),
        ),
        chunks(
            "extensions that are longer than the body",
            &format!("1;{}\r\n \r\n", "a".repeat(4000)).repeat(100),
        ),
        ends(chunks("a chunk that breaks off", "9\r\n{\"log")),
        ends(chunks("chunks without an end", "2\r\n{}\r\n")),
        ends(broken(login(
            "a body that breaks off",
            "Content-Length: 9\r\n\r\n{",
        ))),
        broken_and(
            "broken chunks without a media type",
            "POST /api/v1/auth/login",
        ),
        broken_and("broken chunks to nowhere", "POST /nowhere"),
        broken_and("broken chunks under the API", "POST /api/v1/nowhere"),
        broken_and("broken chunks by another method", "DELETE /livez"),
        broken_and("broken chunks where no body is read", "GET /livez"),
        broken_and("broken chunks by a stranger", "GET /api/v1/users/me"),
        broken(login(
            "broken chunks that are compressed",
            "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        )),
        broken(case(
            "a later broken chunk without a media type",
            format!(
                "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{}",
                "1\r\n \r\n".repeat(1 << 17)
            ),
        )),
        ends(broken(case(
            "a chunk that breaks off without a media type",
            "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{",
        ))),
        ends(case("a head that breaks off", "GET /livez HTTP/1.1\r\nHo")),
        case("garbage", [0xff, 0xfe, 0, 1, 2].repeat(20)),
        case(
            "a POST of HTTP/1.0 without a length",
            "POST /livez HTTP/1.0\r\n\r\n",
        ),
        case(
            "the bytes of TLS",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        ),
        case("another protocol's greeting", "SSH-2.0-OpenSSH_9.9\r\n"),
        with(
            414,
            "request.target_too_long",
            line(
                "a long address",
                &format!("GET /{} HTTP/1.1", "a".repeat(20_000)),
            ),
        ),
        with(
            431,
            "request.headers_too_large",
            header("a long header", &format!("X: {}", "a".repeat(100_000))),
        ),
        with(
            431,
            "request.headers_too_large",
            header("many headers", &"X: y\r\n".repeat(200)),
        ),
        with(
            431,
            "request.headers_too_large",
            login(
                "a long header before broken chunks",
                &format!(
                    "X: {}\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
                    "a".repeat(100_000)
                ),
            ),
        ),
        with(
            400,
            "request.upgrade_unsupported",
            header("an upgrade to WebSocket", &upgrade("websocket")),
        ),
        with(
            400,
            "request.upgrade_unsupported",
            header("an upgrade to TLS", &upgrade("TLS/1.0")),
        ),
        with(
            400,
            "request.upgrade_unsupported",
            header("an upgrade to nothing", "Connection: upgrade"),
        ),
        with(
            400,
            "request.connect_unsupported",
            case("CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"),
        ),
    ]
}

/// Sends these bytes and reads until the connection is closed.
async fn tell(address: SocketAddr, bytes: &[u8], ends: bool) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    // It may be closed before all of them are sent.
    let _ = stream.write_all(bytes).await;
    if ends {
        stream.shutdown().await.expect("the end");
    }
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer));
    let read = read.await;
    let answer = String::from_utf8_lossy(&answer).to_string();
    let sent = String::from_utf8_lossy(bytes);
    let sent = &sent[..sent.len().min(500)];
    match read {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => panic!("{error} after {answer:?} to {sent:?}"),
        Err(_) => panic!("it stays open after {answer:?} to {sent:?}"),
    }
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_http_is_a_problem_and_closes_the_connection_in_every_topology() {
    let app = AppTest::spawn().await;
    let front = GatewayTest::before(&app, &[]).await;
    let service = app.url().trim_start_matches("http://").parse();
    let service: SocketAddr = service.expect("an address");
    for (who, address) in [("service", service), ("gateway", front.address())] {
        for case in cases() {
            for before in [0, 1, 3] {
                let bytes = [PROBE.repeat(before).as_bytes(), &case.bytes].concat();
                let told = tell(address, &bytes, case.ends).await;
                let what = format!("{who}: {} after {before}: {told}", case.name);
                let good = told.matches("HTTP/1.1 200 OK\r\n").count();
                assert_eq!(good, before, "{what}");
                let answers = told.matches("HTTP/1.1 ").count();
                // What a service refused was sent to its end, or not at all.
                assert_eq!(answers, before + 1, "{what}");
                let last = told.rfind("HTTP/1.1 ").unwrap_or_default();
                check(&told[last..], &case, &what);
            }
        }
    }
    assert_eq!(front.breaker("user").await, "closed");
    app.anonymous().get("/livez").await.expect_status(200);
    front.anonymous().get("/livez").await.expect_status(200);
}

fn check(answer: &str, case: &Case, what: &str) {
    let (head, body) = answer.split_once("\r\n\r\n").expect("a whole head");
    let status = format!("HTTP/1.1 {} ", case.status);
    assert!(head.starts_with(&status), "{what}");
    let head = head.to_lowercase();
    for line in [
        "content-type: application/problem+json",
        "x-content-type-options: nosniff",
        "cache-control: no-store",
        "connection: close",
    ] {
        assert!(head.lines().any(|one| one == line), "{line} in {what}");
    }
    let problem: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("{what}"));
    assert_eq!(problem["code"], case.code, "{what}");
    assert_eq!(problem["status"], case.status, "{what}");
    let id = problem["instance"].as_str().expect("an id");
    assert!(head.contains(&format!("x-request-id: {id}")), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_internal_listeners_read_as_strictly_as_the_public_ones() {
    let app = AppTest::spawn().await;
    let front = GatewayTest::before(&app, &[]).await;
    let internal = app.internal_url();
    let service = internal.trim_start_matches("http://").parse();
    let service: SocketAddr = service.expect("an address");
    for (who, address) in [("service", service), ("gateway", front.internal_address())] {
        // What the API alone answers is left out: bodies that nobody reads here may break off.
        let at_all = cases().into_iter().filter(|case| {
            let text = String::from_utf8_lossy(&case.bytes);
            !text.contains("/api/v1")
        });
        for case in at_all {
            let told = tell(address, &case.bytes, case.ends).await;
            let what = format!("{who}: {}: {told}", case.name);
            assert_eq!(told.matches("HTTP/1.1 ").count(), 1, "{what}");
            check(&told, &case, &what);
        }
        let internal = Client::new(&format!("http://{address}"));
        for (path, status) in [("/health", 200), ("/metrics", 200)] {
            internal.get(path).await.expect_status(status);
        }
        let nowhere = internal.get("/nowhere").await;
        nowhere.expect_problem(404, "request.route_not_found");
        let posted = internal.post("/health", serde_json::json!({})).await;
        posted.expect_problem(405, "request.method_not_allowed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_byte_in_any_place_is_answered_with_nothing() {
    let app = AppTest::spawn().await;
    let service = app.url().trim_start_matches("http://").parse();
    let service: SocketAddr = service.expect("an address");
    let close = "Connection: close\r\n\r\n";
    let login = format!(
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n{close}"
    );
    let mut wrong = Vec::new();
    // The byte stands for the mark.
    for request in [
        format!("G|T /livez HTTP/1.1\r\nHost: a\r\n{close}"),
        format!("GET /li|ez HTTP/1.1\r\nHost: a\r\n{close}"),
        format!("GET /livez?a=|b HTTP/1.1\r\nHost: a\r\n{close}"),
        format!("GET |livez HTTP/1.1\r\nHost: a\r\n{close}"),
        format!("GET http://a|b/livez HTTP/1.1\r\nHost: a\r\n{close}"),
        format!("GET /livez HTTP/1.|\r\nHost: a\r\n{close}"),
        format!("GET /livez HTTP/1.1\r\nHost: a|b\r\n{close}"),
        format!("GET /livez HTTP/1.1\r\nHost: a\r\nX|Y: z\r\n{close}"),
        format!("GET /livez HTTP/1.1\r\nHost: a\r\nX: y|z\r\n{close}"),
        format!("POST /livez HTTP/1.0\r\nHost: a\r\nContent-Length|0\r\n{close}"),
        format!("{login}2|\r\n{{}}\r\n0\r\n\r\n"),
        format!("{login}2;a|\r\n{{}}\r\n0\r\n\r\n"),
        format!("{login}2\r\n{{}}\r\n0\r\nX: |\r\n\r\n"),
    ] {
        let (before, after) = request.split_once('|').expect("a mark");
        for byte in 0..=u8::MAX {
            let bytes = [before.as_bytes(), &[byte], after.as_bytes()].concat();
            let told = tell(service, &bytes, true).await;
            let status = told.split(' ').nth(1).unwrap_or_default();
            let known = [
                "200", "307", "400", "401", "404", "405", "415", "422", "429",
            ];
            let empty = status >= "400" && told.contains("content-length: 0\r\n");
            if !known.contains(&status) || empty {
                wrong.push(format!("{byte:#04x} in {request:?}: {told}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_comes_slowly_is_cut_with_a_problem() {
    let app = AppTest::spawn().await;
    let address: SocketAddr = app
        .url()
        .trim_start_matches("http://")
        .parse()
        .expect("an address");
    let begun = Instant::now();
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    let (mut reader, mut writer) = stream.split();
    let drip = async {
        for byte in b"GET /livez HTTP/1.1\r\nX: ".iter().chain([&b'a'; 1000]) {
            if writer.write_all(&[*byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let mut answer = String::new();
    tokio::select! {
        read = reader.read_to_string(&mut answer) => { read.expect("the connection is closed"); }
        () = drip => {}
    }
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("\"request.timeout\""), "{answer}");
    assert!(begun.elapsed() < Duration::from_secs(20));
}

/// Sends `head`, and then `more` again and again, or nothing more; gives what was answered and
/// after how long the connection was closed.
async fn go_on(address: SocketAddr, head: String, more: &'static [u8]) -> (String, Duration) {
    let begun = Instant::now();
    let stream = TcpStream::connect(address).await.expect("a connection");
    let (mut reader, mut writer) = stream.into_split();
    let sending = tokio::spawn(async move {
        let mut sent = writer.write_all(head.as_bytes()).await;
        let more = more.repeat(100);
        while sent.is_ok() && !more.is_empty() {
            sent = writer.write_all(&more).await;
        }
        writer
    });
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(20), reader.read_to_end(&mut answer));
    let read = read.await;
    let answer = String::from_utf8_lossy(&answer).to_string();
    assert!(read.is_ok(), "it stays open after {answer:?}");
    sending.abort();
    (answer, begun.elapsed())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_goes_on_after_the_answer_is_not_read_for_ever() {
    const CHUNK: &[u8] = b"100\r\n................................................................................................................................................................................................................................................................\r\n";
    let app = AppTest::spawn().await;
    let front = GatewayTest::before(&app, &[]).await;
    let service = app.url().trim_start_matches("http://").parse();
    let service: SocketAddr = service.expect("an address");
    let mut asking = Vec::new();
    for address in [service, front.address()] {
        for (line, status) in [
            ("POST /nowhere", "404"),
            ("GET /api/v1/users/me", "401"),
            ("POST /api/v1/auth/login", "415"),
        ] {
            for (framing, more) in [
                ("Transfer-Encoding: chunked\r\n\r\n5\r\nab", &b""[..]),
                ("Transfer-Encoding: chunked\r\n\r\n", CHUNK),
                ("Content-Length: 500000\r\n\r\n{", b""),
                ("Content-Length: 99999999999\r\n\r\n", CHUNK),
            ] {
                let head = format!("{line} HTTP/1.1\r\nHost: a\r\n{framing}");
                let asked = tokio::spawn(go_on(address, head.clone(), more));
                // The gateway waits for the beginning of a body before it asks the service.
                let late = (address != service).then_some("408");
                asking.push((head, status, late, asked));
            }
        }
    }
    for (head, status, late, asked) in asking {
        let (answer, took) = asked.await.expect("an end");
        let allowed = [status, "413", late.unwrap_or(status)];
        let told = answer.split(' ').nth(1).unwrap_or_default();
        assert!(allowed.contains(&told), "{head:?}: {answer:?}");
        assert_eq!(
            answer.matches("HTTP/1.1 ").count(),
            1,
            "{head:?}: {answer:?}"
        );
        // It waits 10 s for a body and then 5 s for its rest.
        let longest = Duration::from_secs(if late.is_some() { 17 } else { 12 });
        assert!(took < longest, "{head:?}: {took:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_unusual_and_right_is_answered() {
    let app = AppTest::spawn().await;
    let front = GatewayTest::before(&app, &[]).await;
    let service: SocketAddr = app
        .url()
        .trim_start_matches("http://")
        .parse()
        .expect("an address");
    let close = "Connection: close\r\n\r\n";
    let login = "POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json";
    for address in [service, front.address()] {
        for (request, status) in [
            (
                format!("\r\n\r\nGET /livez HTTP/1.1\r\nHost: a\r\n{close}"),
                "200",
            ),
            ("GET /livez HTTP/1.0\r\n\r\n".to_owned(), "200"),
            (
                format!("GET http://a/livez HTTP/1.1\r\nHost: a\r\n{close}"),
                "200",
            ),
            (
                format!("GET /livez HTTP/1.1\r\nHost: [::1]:80\r\nX-Empty:\r\n{close}"),
                "200",
            ),
            // As a Java client sends it, without tokens of a later protocol in the answer.
            (
                "GET /livez HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings, close\r\nHTTP2-Settings: AAEAAEAA\r\nUpgrade: h2c\r\n\r\n".to_owned(),
                "200",
            ),
            (
                format!(
                    "{login}\r\nTransfer-Encoding: chunked\r\n{close}2;a=b\r\n{{}}\r\n0\r\nX-Sum: 1\r\n\r\n"
                ),
                "422",
            ),
            (
                format!("{login}\r\nExpect: 100-continue\r\nContent-Length: 2\r\n{close}{{}}"),
                "422",
            ),
        ] {
            let told = tell(address, request.as_bytes(), false).await;
            let last = told.rfind("HTTP/1.").unwrap_or_default();
            let told_status = told[last..].split(' ').nth(1);
            assert_eq!(told_status, Some(status), "{request:?}: {told}");
            assert!(!told.to_lowercase().contains("upgrade"), "{told}");
        }
        // Two requests and their bodies in pieces of every size, over one connection.
        let body = "{\"login\":\"nobody\",\"password\":\"x\"}";
        let length = body.len();
        let both = format!(
            "{login}\r\nContent-Length: {length}\r\n\r\n{body}{login}\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n"
        );
        for size in [1, 7, 64, 300] {
            let mut stream = TcpStream::connect(address).await.expect("a connection");
            stream.set_nodelay(true).expect("no delay");
            for piece in both.as_bytes().chunks(size) {
                stream.write_all(piece).await.expect("sent");
                tokio::task::yield_now().await;
            }
            let mut told = String::new();
            stream
                .read_to_string(&mut told)
                .await
                .expect("it is closed");
            let refused =
                told.matches("HTTP/1.1 401 ").count() + told.matches("HTTP/1.1 429 ").count();
            assert_eq!(refused, 2, "pieces of {size}: {told}");
        }
    }
}
