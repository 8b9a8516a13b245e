//! A gateway in this process, and scripted services behind it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use gopro::gateway::Front;
use kernel::Env;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use tokio_util::sync::CancellationToken;

use super::app::AppTest;
use super::client::{Answer, Client};

/// A gateway on a thread of its own.
pub(crate) struct GatewayTest {
    address: SocketAddr,
    internal_address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    rpc: CancellationToken,
}

impl GatewayTest {
    /// A gateway to one server that is all four services.
    pub(crate) async fn before(app: &AppTest, extra: &[(&'static str, &str)]) -> Self {
        let url = app.url();
        Self::start(Some(app), &url, extra).await
    }

    /// A gateway to one scripted service that is all four, and where no token counts.
    pub(crate) async fn before_service(
        service: &ScriptedService,
        extra: &[(&'static str, &str)],
    ) -> Self {
        Self::start(None, &service.url(), extra).await
    }

    async fn start(users: Option<&AppTest>, url: &str, extra: &[(&'static str, &str)]) -> Self {
        let rpc = CancellationToken::new();
        let user = match users {
            None => "http://127.0.0.1:1".to_owned(),
            Some(app) => {
                let any = "127.0.0.1:0".parse().expect("an address");
                let (address, _) = rpc::serve(any, app.modules.served(), None, rpc.clone())
                    .await
                    .expect("served");
                format!("http://{address}")
            }
        };
        let mut flags = vec![
            ("server.address", "127.0.0.1:0".to_owned()),
            ("server.internal_address", "127.0.0.1:0".to_owned()),
            ("server.public_url", "http://gopro.test".to_owned()),
            ("limits.requests_per_minute", "1000000".to_owned()),
            ("limits.auth_requests_per_minute", "1000000".to_owned()),
            ("rpc.user", user),
        ];
        for key in [
            "gateway.user",
            "gateway.course",
            "gateway.progress",
            "gateway.notification",
        ] {
            flags.push((key, url.to_owned()));
        }
        flags.extend(extra.iter().map(|(key, value)| (*key, (*value).to_owned())));
        let settings = gopro::config::load(None, &BTreeMap::new(), &flags).expect("valid settings");
        let (started, start) = oneshot::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let front = Front::start(&settings, Env::system()).expect("the gateway");
                let _ = started.send((front.address, front.internal_address));
                let _ = stopped.await;
                front.abort().await.expect("the gateway ends");
            });
        });
        let (address, internal_address) = start.await.expect("the gateway starts");
        Self {
            address,
            internal_address,
            stop: Some(stop),
            thread: Some(thread),
            rpc,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn internal_address(&self) -> SocketAddr {
        self.internal_address
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client without a token.
    pub(crate) fn anonymous(&self) -> Client {
        Client::new(&self.url())
    }

    /// What the breaker in front of a service does.
    pub(crate) async fn breaker(&self, module: &str) -> String {
        let health = self.health().await.json();
        let state = health["upstreams"][module][0]["breaker"].as_str();
        state.expect("a state").to_owned()
    }

    /// What operators see, whatever the status.
    pub(crate) async fn health(&self) -> Answer {
        let internal = Client::new(&format!("http://{}", self.internal_address));
        internal.get("/health").await
    }

    pub(crate) async fn metrics(&self) -> String {
        let internal = Client::new(&format!("http://{}", self.internal_address));
        internal.get("/metrics").await.text
    }
}

impl Drop for GatewayTest {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(
                ended.is_ok() || std::thread::panicking(),
                "the gateway did not end well"
            );
        }
        self.rpc.cancel();
    }
}

/// What a scripted service does with a request.
#[derive(Clone)]
pub(crate) enum Reply {
    /// These bytes, and the connection stays open.
    Answer(String),
    /// The connection is cut.
    Cut,
    /// The bytes of each part, once the test has let one more pass.
    Parts(Vec<String>),
}

impl Reply {
    pub(crate) fn json(status: &str, headers: &str, body: &str) -> Self {
        Self::Answer(answer(status, headers, body))
    }

    pub(crate) fn ok() -> Self {
        Self::json("200 OK", "", "{}")
    }

    /// The same, once the test lets it pass.
    pub(crate) fn ok_when_passed() -> Self {
        Self::Parts(vec![answer("200 OK", "", "{}")])
    }
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    )
}

/// A service that answers by a script and keeps what it was sent.
pub(crate) struct ScriptedService {
    address: SocketAddr,
    script: Arc<Script>,
    listening: tokio::task::JoinHandle<()>,
}

struct Script {
    reply: Mutex<Reply>,
    /// Each request as it came, with what arrived of its body.
    seen: Mutex<Vec<String>>,
    connections: Mutex<usize>,
    passes: Semaphore,
}

impl ScriptedService {
    pub(crate) async fn that(reply: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        Self::on(listener, reply)
    }

    pub(crate) fn on(listener: TcpListener, reply: Reply) -> Self {
        let address = listener.local_addr().expect("an address");
        let script = Arc::new(Script {
            reply: Mutex::new(reply),
            seen: Mutex::default(),
            connections: Mutex::default(),
            passes: Semaphore::new(0),
        });
        let shared = Arc::clone(&script);
        let listening = tokio::spawn(async move {
            // They end with the service.
            let mut open = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                *shared.connections.lock().expect("a lock") += 1;
                open.spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self {
            address,
            script,
            listening,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn now(&self, reply: Reply) {
        *self.script.reply.lock().expect("a lock") = reply;
    }

    pub(crate) fn seen(&self) -> Vec<String> {
        self.script.seen.lock().expect("a lock").clone()
    }

    pub(crate) fn connections(&self) -> usize {
        *self.script.connections.lock().expect("a lock")
    }

    /// Lets the next parts pass.
    pub(crate) fn pass(&self, count: usize) {
        self.script.passes.add_permits(count);
    }

    /// Waits until so many requests have come.
    pub(crate) async fn has_seen(&self, count: usize) {
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
        while self.seen().len() < count {
            assert!(std::time::Instant::now() < deadline, "{:?}", self.seen());
            crate::support::between_looks().await;
        }
    }
}

impl Drop for ScriptedService {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn serve(mut stream: TcpStream, script: Arc<Script>) {
    while let Some(request) = read(&mut stream).await {
        let id = request_id(&request);
        // Whether it is ready is another matter than what it answers.
        let asks_readiness = request.starts_with("GET /readyz ");
        let reply = match asks_readiness {
            true => Reply::ok(),
            false => {
                script.seen.lock().expect("a lock").push(request);
                script.reply.lock().expect("a lock").clone()
            }
        };
        let parts = match reply {
            Reply::Cut => return,
            Reply::Answer(bytes) => {
                let bytes = naming(bytes.as_bytes(), &id);
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
                continue;
            }
            Reply::Parts(parts) => parts,
        };
        for part in parts {
            script.passes.acquire().await.expect("a pass").forget();
            if stream
                .write_all(&naming(part.as_bytes(), &id))
                .await
                .is_err()
            {
                return;
            }
        }
    }
}

/// The id of a request, which the services repeat.
pub(crate) fn request_id(request: &str) -> String {
    let lines = request.lines().take_while(|line| !line.is_empty());
    let named = lines.filter_map(|line| line.split_once(": "));
    let mut ids = named.filter(|(name, _)| name.eq_ignore_ascii_case("x-request-id"));
    ids.next().map_or_else(String::new, |(_, id)| id.to_owned())
}

/// These bytes, with the id of the request in the head of the answer that they begin.
pub(crate) fn naming(bytes: &[u8], id: &str) -> Vec<u8> {
    let find = |from: usize, what: &[u8]| {
        let at = bytes[from..]
            .windows(what.len())
            .position(|one| one == what);
        at.map_or(bytes.len(), |at| from + at + what.len())
    };
    let mut from = 0;
    while bytes[from..].starts_with(b"HTTP/1.1 1") {
        from = find(from, b"\r\n\r\n");
    }
    let mut named = bytes.to_vec();
    if !id.is_empty() && bytes[from..].starts_with(b"HTTP/1.") {
        let line = find(from, b"\r\n");
        let header = format!("X-Request-Id: {id}\r\n");
        named.splice(line..line, header.into_bytes());
    }
    named
}

/// One request to its end, or to where it breaks off; none when the connection has ended.
async fn read(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let text = String::from_utf8_lossy(&bytes).to_string();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            let whole = match length {
                Some(length) => body.len() >= length.parse::<usize>().expect("a length"),
                None => !head.contains("transfer-encoding: chunked") || body.ends_with("0\r\n\r\n"),
            };
            if whole {
                return Some(text);
            }
        }
        match stream.read(&mut buffer).await {
            Ok(count @ 1..) => bytes.extend_from_slice(&buffer[..count]),
            _ => return (!text.is_empty()).then_some(text),
        }
    }
}
