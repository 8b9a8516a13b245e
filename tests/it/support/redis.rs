//! A Redis of a test's own, which it may flush, pause, kill and start again.

use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use redis::FromRedisValue;
use tempfile::TempDir;

use super::certificates::Files;
use super::process::quiet_port;

pub(crate) struct Redis {
    port: u16,
    folder: TempDir,
    child: Child,
    scheme: &'static str,
}

impl Redis {
    /// An empty server; `None`, said aloud, when Redis is not installed.
    pub(crate) async fn start() -> Option<Self> {
        let redis = Self::launched(None)?;
        redis.wait_until_it_answers().await;
        Some(redis)
    }

    /// As [`Redis::start`], with this certificate and over TLS alone.
    pub(crate) async fn start_with_tls(files: &Files) -> Option<Self> {
        let redis = Self::launched(Some(files))?;
        let deadline = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(("127.0.0.1", redis.port)).is_err() {
            assert!(Instant::now() < deadline, "Redis does not listen");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Some(redis)
    }

    fn launched(tls: Option<&Files>) -> Option<Self> {
        let found = Command::new("redis-server")
            .arg("--version")
            .stdout(Stdio::null())
            .status();
        if found.is_err() {
            assert!(!required(), "redis-server is not installed");
            testkit::left_out("redis-server is not installed");
            return None;
        }
        let port = quiet_port();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let child = launch(port, &folder, tls);
        Some(Self {
            port,
            folder,
            child,
            scheme: if tls.is_some() { "rediss" } else { "redis" },
        })
    }

    pub(crate) fn url(&self) -> String {
        // A certificate is for a name.
        let host = if self.scheme == "rediss" {
            "localhost"
        } else {
            "127.0.0.1"
        };
        format!("{}://{host}:{}/0", self.scheme, self.port)
    }

    /// SIGKILL: it is gone, with all that it held.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
    }

    /// The same address again, and nothing in it.
    pub(crate) async fn start_again(&mut self) {
        self.child = launch(self.port, &self.folder, None);
        self.wait_until_it_answers().await;
    }

    /// SIGSTOP: connections stay open, and no answer comes.
    pub(crate) fn pause(&self) {
        self.signal("-STOP");
    }

    /// SIGCONT.
    pub(crate) fn resume(&self) {
        self.signal("-CONT");
    }

    /// Runs a command of Redis.
    pub(crate) async fn run<T: FromRedisValue>(&self, words: &[&str]) -> T {
        let answer = self.ask(words).await;
        answer.expect("an answer of Redis")
    }

    pub(crate) async fn set_for_a_second(&self, key: &str, bytes: &[u8]) {
        let client = redis::Client::open(self.url()).expect("an address");
        let connection = client.get_multiplexed_async_connection().await;
        let mut connection = connection.expect("a connection");
        let set: redis::RedisResult<()> = redis::cmd("PSETEX")
            .arg(key)
            .arg(1000)
            .arg(bytes)
            .query_async(&mut connection)
            .await;
        set.expect("set");
    }

    async fn ask<T: FromRedisValue>(&self, words: &[&str]) -> redis::RedisResult<T> {
        let client = redis::Client::open(self.url())?;
        let mut connection = client.get_multiplexed_async_connection().await?;
        let (name, rest) = words.split_first().expect("a command");
        let mut command = redis::cmd(name);
        command.arg(rest).query_async(&mut connection).await
    }

    async fn wait_until_it_answers(&self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while let Err(error) = self.ask::<String>(&["PING"]).await {
            assert!(Instant::now() < deadline, "Redis does not start: {error}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status();
        assert!(sent.expect("kill runs").success());
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn launch(port: u16, folder: &TempDir, tls: Option<&Files>) -> Child {
    let port = port.to_string();
    let mut command = Command::new("redis-server");
    match tls {
        None => command.args(["--port", &port]),
        Some(files) => command
            .args(["--port", "0", "--tls-port", &port])
            .args(["--tls-cert-file", &files.path("certificate.pem")])
            .args(["--tls-key-file", &files.path("key.pem")])
            .args(["--tls-auth-clients", "no"]),
    };
    command
        .args(["--bind", "127.0.0.1"])
        .args(["--save", "", "--appendonly", "no"])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server starts")
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test has no configuration file; this variable says what may be left out"
)]
fn required() -> bool {
    std::env::var("GOPRO_TEST_REQUIRE_SERVICES").is_ok_and(|value| value == "1")
}
