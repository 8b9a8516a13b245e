//! The log and the output: whoever does not read them, and a disk that is full, hold up nothing.

use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use reqwest::Method;

use crate::support::Process;
use crate::support::process::{gopro, quiet_port};
use crate::support::storage::Storage;

const COURSES: &str = "/api/v1/courses";

/// A server that logs each request.
async fn serve(storage: &Storage, log: Stdio) -> Process {
    Process::serve_into(storage, &["--set", "log.level=info"], log).await
}

async fn lost(server: &Process) -> f64 {
    let internal = crate::support::Client::new(&server.internal_url);
    let metrics = internal.get("/metrics").await;
    assert_eq!(metrics.status, 200);
    let lines = metrics.text.lines();
    let mut found = lines.filter_map(|line| line.strip_prefix("gopro_log_lines_lost_total "));
    let value = found.next().expect("the metric");
    value.parse().expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_cannot_be_written_costs_its_lines_and_nothing_else() {
    let storage = Storage::new().await;
    let full = std::fs::File::options().write(true).open("/dev/full");
    let server = serve(&storage, full.expect("a full disk").into()).await;
    for _ in 0..50 {
        server.client().get(COURSES).await.expect_status(200);
    }
    assert!(lost(&server).await >= 50.0);
    assert_eq!(server.terminate(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_whose_reader_is_gone_ends_nothing() {
    let storage = Storage::new().await;
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let server = serve(&storage, writer.into()).await;
    for _ in 0..50 {
        server.client().get(COURSES).await.expect_status(200);
    }
    assert!(lost(&server).await >= 50.0);
    assert_eq!(server.terminate(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_nobody_reads_holds_up_no_request_and_no_end() {
    let storage = Storage::new().await;
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let server = serve(&storage, writer.into()).await;
    let client = server.client();
    // The pipe holds the lines of about two hundred.
    let asking: Vec<_> = (0..20)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move {
                for _ in 0..30 {
                    client.get(COURSES).await.expect_status(200);
                }
            })
        })
        .collect();
    for task in asking {
        task.await.expect("no request failed");
    }
    assert_eq!(server.terminate(), 0);
    drop(reader);
}

/// A pipe that is full and that nobody reads.
fn full_pipe() -> (std::io::PipeReader, std::io::PipeWriter) {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let mut filler = writer.try_clone().expect("a writer");
    // The thread stays in its last write until the reader is gone.
    std::thread::spawn(move || while filler.write_all(&[b'x'; 4096]).is_ok() {});
    (reader, writer)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_at_the_start_ends_the_process_whoever_reads() {
    let storage = Storage::new().await;
    let (reader, writer) = full_pipe();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address");
    let mut command = gopro(&storage);
    command.args(["serve", "--set", &format!("server.address={address}")]);
    let mut child = command
        .stdout(Stdio::null())
        .stderr(writer)
        .spawn()
        .expect("started");
    assert_eq!(child.wait().expect("it ends").code(), Some(1));
    drop(reader);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_output_that_nobody_reads_holds_up_no_request() {
    let storage = Storage::new().await;
    let (reader, writer) = full_pipe();
    let (port, internal) = (quiet_port(), quiet_port());
    let mut command = gopro(&storage);
    command
        .args(["serve", "--demo"])
        .args(["--set", &format!("server.address=127.0.0.1:{port}")])
        .args([
            "--set",
            &format!("server.internal_address=127.0.0.1:{internal}"),
        ]);
    let mut child = command
        .stdout(writer)
        .stderr(Stdio::null())
        .spawn()
        .expect("started");
    let client = crate::support::Client::new(&format!("http://127.0.0.1:{port}"));
    let begun = Instant::now();
    let ready = async || {
        let answer = client.request(Method::GET, "/readyz").send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    };
    while !ready().await {
        assert!(begun.elapsed() < Duration::from_secs(60), "it is not ready");
        crate::support::between_looks().await;
    }
    client.get(COURSES).await.expect_status(200);
    child.kill().expect("killed");
    child.wait().expect("gone");
    drop(reader);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_whose_output_is_lost_fails() {
    let storage = Storage::new().await;
    for arguments in [
        &["seed", "demo"][..],
        &["keys", "list"],
        &["config", "print"],
    ] {
        let full = std::fs::File::options().write(true).open("/dev/full");
        let mut command = gopro(&storage);
        command.args(arguments).stdout(full.expect("a full disk"));
        let output = command
            .stderr(Stdio::piped())
            .output()
            .expect("the binary runs");
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            errors.contains("make room for it"),
            "{arguments:?}: {errors}"
        );
    }
}
