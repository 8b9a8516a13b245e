//! A service that says over its connections whatever a test wants, byte by byte.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::gateway::{naming, request_id};

/// What is done with a connection, one after the other.
#[derive(Clone)]
pub(crate) enum Step {
    Send(Vec<u8>),
    /// The same, after this pause.
    SendAfter(Duration, Vec<u8>),
    /// A byte at a time.
    Drip(Vec<u8>),
    /// The same again and again, as fast as it is taken.
    Flood(Vec<u8>),
    Close,
    Reset,
    /// Nothing more, with the connection open.
    Silence,
}

pub(crate) struct RawService {
    url: String,
    script: Arc<Script>,
    listening: tokio::task::JoinHandle<()>,
}

#[derive(Clone, Default)]
struct Steps {
    made: Vec<Step>,
    /// Whether they come before the request was read.
    early: bool,
    /// Whether they are a fault, after which nothing more should come.
    fault: bool,
}

#[derive(Default)]
struct Script {
    steps: Mutex<Steps>,
    reused: Mutex<bool>,
}

impl RawService {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let script = Arc::new(Script::default());
        let shared = Arc::clone(&script);
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        Self {
            url,
            script,
            listening,
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What is done with every request from now on.
    pub(crate) fn answers_well(&self) {
        self.now(Steps {
            made: vec![Step::Send(OK.into())],
            ..Steps::default()
        });
    }

    /// The same, but wrong; or, when `early`, with every connection.
    pub(crate) fn answers_wrongly(&self, early: bool, made: Vec<Step>) {
        self.now(Steps {
            made,
            early,
            fault: true,
        });
    }

    fn now(&self, steps: Steps) {
        *self.script.steps.lock().expect("a lock") = steps;
    }

    /// Whether a request ever came over a connection after a fault.
    pub(crate) fn was_reused(&self) -> bool {
        *self.script.reused.lock().expect("a lock")
    }
}

impl Drop for RawService {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// A sound answer.
pub(crate) const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

async fn serve(mut stream: TcpStream, script: Arc<Script>) {
    let current = || script.steps.lock().expect("a lock").clone();
    let steps = current();
    if steps.early && make(&mut stream, steps.made, "").await.is_err() {
        return;
    }
    let mut spoiled = steps.early;
    while let Some(head) = read_request(&mut stream).await {
        if spoiled {
            *script.reused.lock().expect("a lock") = true;
        }
        let steps = match head.starts_with("GET /readyz ") {
            true => vec![Step::Send(OK.into())],
            false => {
                let steps = current();
                spoiled |= steps.fault;
                steps.made
            }
        };
        if make(&mut stream, steps, &request_id(&head)).await.is_err() {
            return;
        }
    }
}

/// Fails when the connection is to end.
async fn make(stream: &mut TcpStream, steps: Vec<Step>, id: &str) -> std::io::Result<()> {
    for step in steps {
        match step {
            Step::Send(bytes) => stream.write_all(&naming(&bytes, id)).await?,
            Step::SendAfter(pause, bytes) => {
                tokio::time::sleep(pause).await;
                stream.write_all(&naming(&bytes, id)).await?;
            }
            Step::Drip(bytes) => drip(stream, &bytes).await?,
            Step::Flood(bytes) => flood(stream, &bytes).await?,
            Step::Close => return Err(std::io::ErrorKind::Other.into()),
            Step::Reset => {
                stream.set_zero_linger()?;
                return Err(std::io::ErrorKind::Other.into());
            }
            Step::Silence => std::future::pending().await,
        }
    }
    Ok(())
}

async fn drip(stream: &mut TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    for byte in bytes {
        stream.write_all(&[*byte]).await?;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

async fn flood(stream: &mut TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    let bytes = bytes.repeat(64 * 1024 / bytes.len() + 1);
    loop {
        stream.write_all(&bytes).await?;
    }
}

/// One request with its body, whose length is stated.
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).to_string();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lower = head.to_lowercase();
            let mut lines = lower.lines();
            let length = lines.find_map(|line| line.strip_prefix("content-length: "));
            let length = length.map_or(0, |length| length.parse().expect("a length"));
            if body.len() >= length {
                return Some(text);
            }
        }
        match stream.read(&mut buffer).await {
            Ok(count @ 1..) => bytes.extend_from_slice(&buffer[..count]),
            _ => return None,
        }
    }
}
