//! Logs for users and machines, and the metrics registry.

use std::io::{self, IsTerminal, Write};
use std::panic::PanicHookInfo;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use kernel::text;
use tracing::Subscriber;
use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::debug_fn;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogFormat, LogSettings};

/// How many lines wait for whoever reads the log; beyond, they are lost.
const QUEUE: usize = 8192;
/// How long lines gather after some were written, and how many bytes are written together.
const GATHER: Duration = Duration::from_millis(5);
const MOST_WAITING: usize = 64 * 1024;

static UNWRITTEN: AtomicU64 = AtomicU64::new(0);
static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();

/// Starts logging to standard error, panics too. A reader that is slow or gone, or a full disk, costs
/// lines, but never holds up what logs them. What is returned writes the rest when it is dropped, for
/// about a second.
///
/// # Errors
/// When the level cannot be read, or logging was started before.
pub fn start(settings: &LogSettings) -> Result<WorkerGuard> {
    let filter = EnvFilter::try_new(&settings.level).context(
        "log.level cannot be read; use error, warn, info, debug, trace or tracing directives",
    )?;
    let pretty = match settings.format {
        LogFormat::Pretty => true,
        LogFormat::Json => false,
        LogFormat::Auto => io::stderr().is_terminal(),
    };
    let (queue, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(QUEUE)
        .thread_name("log")
        .finish(Lossy::new(io::stderr()));
    DROPPED.get_or_init(|| queue.error_counter());
    let started = if pretty {
        readable(filter, queue).try_init()
    } else {
        json(filter, move || Harmless(queue.clone())).try_init()
    };
    started.map_err(|error| anyhow::anyhow!("logging cannot start: {error}"))?;
    std::panic::set_hook(Box::new(log_panic));
    Ok(guard)
}

/// How many lines of the log were lost since the start.
pub fn lost_lines() -> u64 {
    let dropped = DROPPED.get().map_or(0, ErrorCounter::dropped_lines);
    UNWRITTEN.load(Ordering::Relaxed) + u64::try_from(dropped).unwrap_or(u64::MAX)
}

/// Writes the lines that wait together, and counts those that cannot be written instead of failing.
struct Lossy<W> {
    writer: W,
    waiting: Vec<u8>,
    lines: u64,
}

impl<W> Lossy<W> {
    fn new(writer: W) -> Self {
        Self {
            writer,
            waiting: Vec::new(),
            lines: 0,
        }
    }
}

impl<W: Write> Lossy<W> {
    fn write_waiting(&mut self) {
        let written = self.writer.write_all(&self.waiting);
        if written.and_then(|()| self.writer.flush()).is_err() {
            UNWRITTEN.fetch_add(self.lines, Ordering::Relaxed);
        }
        self.waiting.clear();
        self.lines = 0;
    }
}

/// The queue gives it one line at a time, and flushes when no more wait.
impl<W: Write> Write for Lossy<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(line);
        self.lines += 1;
        if self.waiting.len() >= MOST_WAITING {
            self.write_waiting();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.lines > 0 {
            self.write_waiting();
            // Waking this thread for each line would cost the one that logs more than the line.
            std::thread::sleep(GATHER);
        }
        Ok(())
    }
}

/// For a terminal. Its own colors pass the writer, so each field is made harmless by itself.
fn readable<W>(filter: EnvFilter, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let fields = debug_fn(|writer, field, value| {
        let value = text::shown(&format!("{value:?}"));
        match field.name() {
            "message" => write!(writer, "{value}"),
            name => write!(writer, "{name}={value}"),
        }
    });
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .fmt_fields(fields.delimited(" "))
        .with_target(false)
        .log_internal_errors(false)
        .with_writer(writer)
        .finish()
}

/// For machines, and for users who read what was kept for machines.
fn json<W>(filter: EnvFilter, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .json()
        .flatten_event(true)
        // The one span of a request stands in each line already.
        .with_span_list(false)
        .log_internal_errors(false)
        .with_writer(writer)
        .finish()
}

/// Writes JSON whose texts do nothing to a terminal on which it is read; it stays the same JSON.
struct Harmless<W>(W);

impl<W: Write> Write for Harmless<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let plain = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n');
        match bytes.iter().all(plain) {
            true => self.0.write_all(bytes)?,
            false => {
                let text = String::from_utf8_lossy(bytes);
                self.0.write_all(text::shown_document(&text).as_bytes())?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A panic is one line of the log like all others; what it says may come from a stranger.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("no message");
    let place = panic.location().map(ToString::to_string);
    tracing::error!(code.location = place, panic = message, "a thread panicked");
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no panic").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn log(subscriber: impl Subscriber + Send + Sync, kept: &Kept) -> String {
        let hostile = "\u{1b}[2J\u{9b}31m\u{202e}evil\nforged";
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::info_span!("request", path = hostile);
            span.in_scope(|| {
                let error = io::Error::other(hostile);
                tracing::warn!(name = hostile, error = %error, "it failed: {hostile}");
            });
        });
        let kept = kept.0.lock().expect("no panic").clone();
        String::from_utf8(kept).expect("UTF-8")
    }

    #[test]
    fn no_untrusted_text_controls_the_terminal_on_which_a_log_is_read() {
        let all = || EnvFilter::new("info");
        let kept = Kept::default();
        let writer = kept.clone();
        let pretty = log(readable(all(), move || writer.clone()), &kept);
        let kept = Kept::default();
        let writer = kept.clone();
        let json = log(json(all(), move || Harmless(writer.clone())), &kept);
        for line in [&pretty, &json] {
            assert_eq!(line.matches('\n').count(), 1, "one line: {line:?}");
            assert!(line.matches("evil").count() >= 4, "{line:?}");
            for harm in ["\u{1b}[2J", "\u{9b}", "\u{202e}"] {
                assert!(!line.contains(harm), "{line:?}");
            }
        }
        serde_json::from_str::<serde_json::Value>(&json).expect("JSON");
    }
}
