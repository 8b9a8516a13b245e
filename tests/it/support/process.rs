//! The real binary as a process of its own, which a test may kill.

use std::net::TcpListener;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;

use super::app::PASSWORD;
use super::client::Client;
use super::storage::Storage;

pub(crate) struct Process {
    child: Child,
    pub(crate) url: String,
    pub(crate) internal_url: String,
    /// From the start of the process to its first ready answer.
    pub(crate) ready_after: Duration,
}

impl Process {
    /// Starts `gopro serve` on the storage and waits until it is ready.
    pub(crate) async fn serve(storage: &Storage, arguments: &[&str]) -> Self {
        Self::serve_into(storage, arguments, Stdio::inherit()).await
    }

    /// As [`Process::serve`]; its log goes to `log`.
    pub(crate) async fn serve_into(storage: &Storage, arguments: &[&str], log: Stdio) -> Self {
        Self::run(storage, "serve", arguments, log).await
    }

    /// Starts `gopro gateway` and waits until it is ready.
    pub(crate) async fn gateway(storage: &Storage, arguments: &[&str]) -> Self {
        Self::run(storage, "gateway", arguments, Stdio::inherit()).await
    }

    /// As [`Process::serve`], with variables of the environment.
    pub(crate) async fn serve_in(
        storage: &Storage,
        environment: &[(&str, String)],
        arguments: &[&str],
    ) -> Self {
        let mut command = gopro(storage);
        command.arg("serve").args(arguments);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        let mut process = Self::start(command, Stdio::inherit());
        process.wait_until_ready().await;
        process
    }

    async fn run(storage: &Storage, subcommand: &str, arguments: &[&str], log: Stdio) -> Self {
        let begun = Instant::now();
        let mut command = gopro(storage);
        command.arg(subcommand).args(arguments);
        let mut process = Self::start(command, log);
        process.wait_until_ready().await;
        process.ready_after = begun.elapsed();
        process
    }

    /// Starts a subcommand with these settings, and does not wait for it.
    #[cfg(feature = "rabbitmq")]
    pub(crate) fn begin(storage: &Storage, subcommand: &str, settings: &[String]) -> Self {
        let mut command = gopro(storage);
        command.arg(subcommand);
        for setting in settings {
            command.args(["--set", setting]);
        }
        Self::start(command, Stdio::inherit())
    }

    /// Starts `gopro serve` on a port of the test's choice and waits until it is ready.
    pub(crate) async fn serve_at(storage: &Storage, port: u16, settings: &[String]) -> Self {
        let mut command = gopro(storage);
        command.arg("serve");
        for setting in settings {
            command.args(["--set", setting]);
        }
        let mut process = Self::start_at(command, port, Stdio::inherit());
        process.wait_until_ready().await;
        process
    }

    fn start(command: Command, log: Stdio) -> Self {
        Self::start_at(command, quiet_port(), log)
    }

    fn start_at(mut command: Command, port: u16, log: Stdio) -> Self {
        let internal_port = quiet_port();
        command
            .args(["--set", &format!("server.address=127.0.0.1:{port}")])
            .args([
                "--set",
                &format!("server.internal_address=127.0.0.1:{internal_port}"),
            ])
            .stdout(Stdio::null())
            .stderr(log);
        Self {
            child: command.spawn().expect("the binary starts"),
            url: format!("http://127.0.0.1:{port}"),
            internal_url: format!("http://127.0.0.1:{internal_port}"),
            ready_after: Duration::ZERO,
        }
    }

    pub(crate) async fn wait_until_ready(&mut self) {
        let client = Client::new(&self.url);
        let deadline = Instant::now() + Duration::from_secs(60);
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().expect("a status") {
                panic!("the server ended at its start: {status}");
            }
            let answer = client.request(Method::GET, "/readyz").send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            crate::support::between_looks().await;
        }
        panic!("the server was not ready within a minute");
    }

    /// The most memory that it ever held, in kilobytes.
    pub(crate) fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("the process runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let amount = line.expect("a peak").trim().trim_end_matches(" kB");
        amount.parse().expect("a number")
    }

    /// SIGKILL: no goodbye.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("gone");
    }

    /// SIGTERM, and the exit code.
    pub(crate) fn terminate(mut self) -> i32 {
        self.signal("-TERM");
        self.child
            .wait()
            .expect("gone")
            .code()
            .expect("an exit code")
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// SIGSTOP: it stands still, with all that it holds.
    pub(crate) fn stop(&self) {
        self.signal("-STOP");
    }

    /// SIGCONT.
    pub(crate) fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Bytes that are resident, anonymous and shared.
    #[cfg(feature = "rabbitmq")]
    pub(crate) fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.expect("a running process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.expect("a size").trim().trim_end_matches(" kB");
        kilobytes.parse::<u64>().expect("a number") * 1024
    }

    /// How long its threads have run, in user and kernel.
    #[cfg(feature = "rabbitmq")]
    pub(crate) fn cpu_time(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()));
        let stat = stat.expect("a running process");
        // The name in parentheses may hold blanks; utime and stime are the 12th and 13th behind it.
        let (_, rest) = stat.rsplit_once(')').expect("a name");
        let ticks = rest.split_whitespace().skip(11).take(2);
        let ticks: u64 = ticks.map(|one| one.parse::<u64>().expect("a number")).sum();
        // Linux reports these in hundredths of a second, whatever the kernel's own tick.
        Duration::from_millis(ticks * 10)
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(&self.url)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The binary with the settings of the storage and nothing of the environment's.
pub(crate) fn gopro(storage: &Storage) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gopro"));
    command.current_dir(storage.folder.path());
    for (key, value) in storage.settings() {
        command.args(["--set", &format!("{key}={value}")]);
    }
    command
}

/// Fills the storage with the demo, whose three accounts have the password of all tests.
pub(crate) fn seed_demo(storage: &Storage) {
    let mut command = gopro(storage);
    command.args(["seed", "demo"]);
    for role in ["learner", "instructor", "admin"] {
        command.args(["--set", &format!("demo.{role}_password={PASSWORD}")]);
    }
    let (code, _, errors) = run(&mut command);
    assert_eq!(code, 0, "{errors}");
}

/// Runs a command to its end; gives its exit code, output and errors.
pub(crate) fn run(command: &mut Command) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .stdin(Stdio::null())
        .output()
        .expect("the binary runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (
        status.code().expect("an exit code"),
        text(stdout),
        text(stderr),
    )
}

/// A port below those that the system gives to clients: whoever requests one of those again and
/// again while nobody listens may be connected to itself, and then nobody can listen.
pub(crate) fn quiet_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = u16::try_from(std::process::id() % 10_000).expect("a small number");
    loop {
        let step = start + NEXT.fetch_add(1, Ordering::Relaxed);
        let port = 20_000 + step % 10_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
