//! A RabbitMQ server of a test's own, which it may stop and break.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::certificates::Files;
use super::process::quiet_port;
use super::services_required;

const PROGRAMS: &str = "/usr/lib/rabbitmq/bin";

pub(crate) struct PrivateBroker {
    folder: TempDir,
    port: u16,
    node_port: u16,
    process: Option<Child>,
}

impl PrivateBroker {
    /// `None`, said aloud, when the server is not installed and tests may leave it out.
    pub(crate) async fn start() -> Option<Self> {
        Self::start_as(|port| format!("listeners.tcp.default = 127.0.0.1:{port}\n")).await
    }

    /// As [`PrivateBroker::start`], with this certificate and over TLS alone.
    pub(crate) async fn start_with_tls(files: &Files) -> Option<Self> {
        let config = |port| {
            format!(
                "listeners.tcp = none\nlisteners.ssl.default = 127.0.0.1:{port}\nssl_options.certfile = {}\nssl_options.keyfile = {}\nssl_options.verify = verify_none\n",
                files.path("certificate.pem"),
                files.path("key.pem"),
            )
        };
        Self::start_as(config).await
    }

    async fn start_as(config: impl Fn(u16) -> String) -> Option<Self> {
        let installed = Path::new(PROGRAMS).join("rabbitmq-server").exists();
        assert!(
            installed || !services_required(),
            "there is no {PROGRAMS}/rabbitmq-server"
        );
        if !installed {
            testkit::left_out(&format!(
                "a broker that may be stopped needs {PROGRAMS}/rabbitmq-server"
            ));
            return None;
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = quiet_port();
        fs::write(folder.path().join("rabbitmq.conf"), config(port)).expect("a file");
        fs::write(folder.path().join("plugins"), "[].").expect("a file");
        let mut broker = Self {
            folder,
            port,
            node_port: quiet_port(),
            process: None,
        };
        broker.resume().await;
        Some(broker)
    }

    pub(crate) fn url(&self) -> String {
        format!("amqp://guest:guest@127.0.0.1:{}/%2f", self.port)
    }

    /// Its address over TLS, by this name.
    pub(crate) fn tls_url(&self, host: &str) -> String {
        format!("amqps://guest:guest@{host}:{}/%2f", self.port)
    }

    /// SIGTERM, and its end.
    pub(crate) async fn stop(&mut self) {
        let pid = fs::read_to_string(self.folder.path().join("pid")).expect("a process id");
        let sent = Command::new("kill").args(["-TERM", pid.trim()]).status();
        assert!(sent.expect("kill runs").success());
        let mut process = self.process.take().expect("a running broker");
        let ended = tokio::task::spawn_blocking(move || process.wait()).await;
        ended.expect("joined").expect("the broker ends");
    }

    /// Starts it again on its data and port.
    pub(crate) async fn resume(&mut self) {
        let mut command = self.program("rabbitmq-server");
        command.stdout(Stdio::null()).stderr(Stdio::null());
        self.process = Some(command.spawn().expect("the broker starts"));
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        let deadline = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(address).is_err() {
            assert!(Instant::now() < deadline, "the broker does not listen");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Raises or ends the alarm about memory, which blocks who publishes.
    pub(crate) fn alarm(&self, raised: bool) {
        let fraction = if raised { "0.00001" } else { "0.4" };
        let mut command = self.program("rabbitmqctl");
        command.args(["-q", "set_vm_memory_high_watermark", fraction]);
        assert!(command.status().expect("rabbitmqctl runs").success());
    }

    fn program(&self, name: &str) -> Command {
        let folder = self.folder.path();
        let mut command = Command::new(Path::new(PROGRAMS).join(name));
        command
            .current_dir(folder)
            .env("HOME", folder)
            .env(
                "RABBITMQ_NODENAME",
                format!("gopro-{}@localhost", self.port),
            )
            .env("RABBITMQ_DIST_PORT", self.node_port.to_string())
            .env("RABBITMQ_CONFIG_FILE", folder.join("rabbitmq"))
            .env("RABBITMQ_CONF_ENV_FILE", folder.join("none"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("plugins"))
            .env("RABBITMQ_MNESIA_BASE", folder.join("data"))
            .env("RABBITMQ_LOG_BASE", folder.join("log"))
            .env("RABBITMQ_PID_FILE", folder.join("pid"))
            .env("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "+S 1:1");
        command
    }
}

impl Drop for PrivateBroker {
    fn drop(&mut self) {
        if let Ok(pid) = fs::read_to_string(self.folder.path().join("pid")) {
            let _ = Command::new("kill").args(["-KILL", pid.trim()]).status();
        }
        if let Some(mut process) = self.process.take() {
            let _ = process.wait();
        }
    }
}
