//! The terminal output of commands.

use std::io::{self, ErrorKind, Write};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use kernel::text;

use crate::config::ConfigError;

/// How long an announcement or a complaint waits for its reader, who may have stopped.
const PATIENCE: Duration = Duration::from_secs(1);

static UNWRITTEN: AtomicBool = AtomicBool::new(false);

/// Prints one line with untrusted text escaped. That its reader has seen enough is no error; that it
/// cannot be written otherwise is one of the whole command ([`check_output`]).
pub(super) fn say(line: &str) {
    let written = writeln!(io::stdout(), "{}", text::shown(line));
    if written.is_err_and(|error| error.kind() != ErrorKind::BrokenPipe) {
        UNWRITTEN.store(true, Ordering::Relaxed);
    }
}

/// Fails when a line that a command has printed was lost.
///
/// # Errors
/// What to do about it.
pub(super) fn check_output() -> Result<()> {
    if UNWRITTEN.load(Ordering::Relaxed) {
        bail!(
            "the command has run, but not all of its output could be written; make room for it, and check what was done before you run the command again"
        );
    }
    Ok(())
}

/// As [`say`], for lines of a process that goes on: whoever does not read them holds up nothing.
pub(super) fn announce(lines: Vec<String>) {
    within_patience(move || lines.iter().for_each(|line| say(line)));
}

/// Where a process listens; `fragment` stands behind the address of Swagger UI.
pub(super) fn listening(
    what: &str,
    address: SocketAddr,
    internal: SocketAddr,
    fragment: &str,
) -> Vec<String> {
    let version = env!("CARGO_PKG_VERSION");
    vec![
        format!("{what} {version} is listening on http://{address}"),
        format!("  Swagger UI  http://{address}/docs/{fragment}"),
        format!("  health      http://{internal}/health"),
        format!("  metrics     http://{internal}/metrics"),
    ]
}

fn within_patience(write: impl FnOnce() + Send + 'static) {
    let (written, done) = mpsc::channel();
    std::thread::spawn(move || {
        write();
        let _gone = written.send(());
    });
    let _late = done.recv_timeout(PATIENCE);
}

/// Like [`say`], for a document of several lines, which is what the command is for.
///
/// # Errors
/// When it cannot be written, unless its reader has seen enough.
pub(super) fn say_document(document: &str) -> Result<()> {
    match writeln!(io::stdout(), "{}", text::shown_document(document)) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error)
            .context("the document cannot be written; make room for it, or write it elsewhere"),
        _ => Ok(()),
    }
}

/// Prints an error with its causes; a cause that the text already contains is not repeated.
pub fn complain(error: &anyhow::Error) {
    let text = match error.downcast_ref::<ConfigError>() {
        Some(faults) => text::shown_document(&faults.to_string()),
        None => text::shown(&chain(error)),
    };
    // The log may hold standard error and wait for its reader.
    within_patience(move || {
        let _lost = writeln!(io::stderr(), "gopro: {text}");
    });
}

pub(super) fn chain(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}
