//! What was answered was flushed: the system calls of a server, in the order in which they happened.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::ledger::{Ledger, title};
use crate::support::Process;
use crate::support::private_postgres::PrivatePostgres;
use crate::support::process::seed_demo;
use crate::support::services_required;
use crate::support::storage::Storage;

const CHANGES: usize = 20;

/// `strace` on a process and on all that it starts.
struct Trace {
    child: Child,
    folder: tempfile::TempDir,
}

impl Trace {
    /// `None`, said aloud, where system calls cannot be traced.
    fn of(process: u32) -> Option<Self> {
        let tasks = format!("/proc/{process}/task/{process}/children");
        let children = std::fs::read_to_string(tasks).unwrap_or_default();
        let children = children.split_whitespace().flat_map(|id| ["-p", id]);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let calls = "trace=pwrite64,write,fdatasync,fsync,writev,sendto,sendmsg,recvfrom";
        let child = Command::new("strace")
            .args(["-f", "-y", "-s", "1000000", "-e", calls, "-o"])
            .arg(folder.path().join("calls"))
            .args(["-p", &process.to_string()])
            // Those that were there before write the log of PostgreSQL too.
            .args(children)
            .stderr(Stdio::null())
            .spawn();
        let traced = child.ok().map(|child| Self { child, folder });
        let traced = traced.filter(|trace| trace.has_begun(process));
        assert!(
            traced.is_some() || !services_required(),
            "strace cannot trace"
        );
        if traced.is_none() {
            testkit::left_out("the order of flushes and answers; it needs strace and its right");
        }
        traced
    }

    fn has_begun(&self, process: u32) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(10) {
            let status = std::fs::read_to_string(format!("/proc/{process}/status"));
            let status = status.expect("a process");
            let tracer = status
                .lines()
                .find_map(|line| line.strip_prefix("TracerPid:"));
            if tracer.is_some_and(|id| id.trim() == self.child.id().to_string()) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }

    /// The calls until now, one a line, each where it began, and where it ended if that was later.
    fn end(mut self) -> Vec<String> {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status();
        assert!(sent.expect("kill runs").success());
        self.child.wait().expect("gone");
        let calls = std::fs::read(self.folder.path().join("calls")).expect("a file");
        let calls = String::from_utf8_lossy(&calls).into_owned();
        calls.lines().map(str::to_owned).collect()
    }
}

/// Between the first write of `title` to the log and the `answer` to its writer lies a flush of that
/// log that has succeeded. A flush that began before the write does not serve.
fn expect_flushed(calls: &[String], title: &str, log: &str, answer: impl Fn(&str) -> bool) {
    let written = calls.iter().position(|call| {
        (call.contains(" pwrite64(") || call.contains(" write("))
            && call.contains(log)
            && call.contains(title)
    });
    let written = written.unwrap_or_else(|| panic!("{title} was never written"));
    let after = &calls[written..];
    let answered = after.iter().position(|call| answer(call));
    let answered = answered.unwrap_or_else(|| panic!("{title} was never answered"));
    let between = &after[..answered];
    let flushed = between.iter().enumerate().any(|(place, call)| {
        let flush = ["fdatasync(", "fsync("]
            .iter()
            .any(|name| call.contains(name));
        if !flush || !call.contains(log) {
            return false;
        }
        if !call.contains("<unfinished") {
            return call.ends_with("= 0");
        }
        let thread = call.split(' ').next().expect("a thread");
        let ended = between[place..]
            .iter()
            .find(|line| line.starts_with(thread) && line.contains("sync resumed>"));
        ended.is_some_and(|line| line.ends_with("= 0"))
    });
    assert!(flushed, "{title} was answered before it was flushed");
}

async fn change(server: &Process, from: usize) -> Ledger {
    let mut ledger = Ledger::open(server).await;
    ledger.attempted = from;
    for _ in 0..CHANGES {
        assert!(ledger.change().await, "nothing fails here");
    }
    ledger
}

#[tokio::test(flavor = "multi_thread")]
async fn r12_what_is_answered_was_flushed_to_the_file() {
    let Some(storage) = Storage::embedded().await else {
        return;
    };
    seed_demo(&storage);
    let server = Process::serve(&storage, &[]).await;
    let Some(trace) = Trace::of(server.id()) else {
        return;
    };
    let ledger = change(&server, 0).await;
    let calls = trace.end();
    for number in 1..=CHANGES {
        let title = title(number);
        let answer = |call: &str| {
            (call.contains(" writev(") || call.contains(" sendto(") || call.contains(" write("))
                && call.contains("HTTP/1.1 201")
                && call.contains(&title)
        };
        expect_flushed(&calls, &title, "course.db-wal", answer);
    }
    ledger.check(&storage).await;
    println!("R-12 {CHANGES} of {CHANGES} answers left after the flush of their commit to SQLite");
}

#[tokio::test(flavor = "multi_thread")]
async fn r12_what_is_answered_was_flushed_by_postgresql() {
    let Some(postgres) = PrivatePostgres::start_with("fsync=on", &[]) else {
        return;
    };
    let mut storage = Storage::new().await;
    storage.database_url = postgres.url();
    seed_demo(&storage);
    // Its processes for connections that begin from now on are traced too.
    let Some(trace) = Trace::of(postgres.id()) else {
        return;
    };
    let server = Process::serve(&storage, &[]).await;
    let ledger = change(&server, 0).await;
    ledger.check(&storage).await;
    drop(server);
    let calls = trace.end();
    for number in 1..=CHANGES {
        let title = title(number);
        let asked = calls.iter().find(|call| {
            call.contains(" recvfrom(") && call.contains(&title)
                || call.contains("resumed>") && call.contains(&title)
        });
        let asked = asked.unwrap_or_else(|| panic!("nobody asked for {title}"));
        let backend = asked.split(' ').next().expect("a process").to_owned();
        let answer = move |call: &str| {
            call.starts_with(&backend) && call.contains(" sendto(") && call.contains("COMMIT")
        };
        expect_flushed(&calls, &title, "/pg_wal/", answer);
    }
    println!(
        "R-12 {CHANGES} of {CHANGES} answers left after the flush of their commit by PostgreSQL"
    );
}

#[test]
fn a_flush_that_began_before_the_write_or_failed_serves_nobody() {
    let answer = |call: &str| call.contains("HTTP/1.1 201");
    let check = |calls: &[&str]| {
        let calls: Vec<_> = calls.iter().map(|call| (*call).to_owned()).collect();
        std::panic::catch_unwind(|| expect_flushed(&calls, "Fault 1", "a.db-wal", answer)).is_ok()
    };
    let write = "7 pwrite64(5</data/a.db-wal>, \"..Fault 1..\", 4096, 0) = 4096";
    let flush = "7 fdatasync(5</data/a.db-wal>) = 0";
    let answer = "3 writev(9<socket>, [{iov_base=\"HTTP/1.1 201\"}], 2) = 300";
    assert!(check(&[write, flush, answer]));
    assert!(!check(&[flush, write, answer]));
    assert!(!check(&[write, answer, flush]));
    let failed = "7 fdatasync(5</data/a.db-wal>) = -1 EIO (Input/output error)";
    assert!(!check(&[write, failed, answer]));
    let begun = "7 fdatasync(5</data/a.db-wal> <unfinished ...>";
    let ended = "7 <... fdatasync resumed>) = 0";
    assert!(check(&[write, begun, ended, answer]));
    assert!(!check(&[write, begun, answer, ended]));
    assert!(!check(&[begun, write, ended, answer]));
}
