//! Who is told of commits, and how many statements and failures there were.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::sync::watch;

/// What a transaction changes that somebody waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// What several users are shown alike, so that answers that are kept ready no longer hold.
    Content,
    /// Events are to be published.
    Outbox,
    /// Events are to be handled.
    Inbox,
    /// Emails are to be sent.
    Deliveries,
    /// Traces of erased users are to be removed.
    Erasures,
}

/// A set of changes, as bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Changes(u8);

/// Who is told of commits, and how many statements and failures there were.
#[derive(Debug, Default)]
pub(crate) struct Commits {
    /// Counts the commits with each change, of this process and as others tell of theirs.
    counts: [watch::Sender<u64>; Change::ALL.len()],
    /// What this process has committed and other processes were not told yet.
    pub(crate) untold: watch::Sender<Changes>,
    statements: AtomicU64,
    transactions: AtomicU64,
    failures: Mutex<CommitFailures>,
}

/// What a process has asked of a database since it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// Statements, without those that begin and end transactions.
    pub statements: u64,
    /// Write transactions that were begun.
    pub transactions: u64,
}

/// The transactions of this process that could not be committed since it started, because of their
/// commit or of a statement before it that found no database, no room or no lock. Each was answered
/// as a failure; a number that grows says that the disk or the server is in trouble.
#[derive(Debug, Clone, Copy, Default)]
pub struct CommitFailures {
    /// How many there were.
    pub total: u64,
    /// When the latest was.
    pub latest: Option<Instant>,
}

impl Change {
    const ALL: [Self; 5] = [
        Self::Content,
        Self::Outbox,
        Self::Inbox,
        Self::Deliveries,
        Self::Erasures,
    ];
}

impl Changes {
    pub(crate) const ALL: Self = Self(0b1_1111);

    pub(crate) fn of(change: Change) -> Self {
        Self(1 << change as u8)
    }

    pub(crate) fn bits(self) -> u8 {
        self.0
    }

    pub(crate) fn from_bits(bits: u8) -> Self {
        Self(bits & Self::ALL.0)
    }

    pub(crate) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn contains(self, change: Change) -> bool {
        self.0 & Self::of(change).0 != 0
    }
}

impl Commits {
    /// Counts the commits with this change.
    pub(crate) fn of(&self, change: Change) -> &watch::Sender<u64> {
        &self.counts[change as usize]
    }

    /// A transaction of this process has ended that may have made these changes.
    pub(crate) fn committed(&self, changes: Changes) {
        self.tell(changes);
        if changes != Changes::default() {
            self.untold
                .send_modify(|untold| *untold = untold.with(changes));
        }
    }

    /// Wakes who waits in this process for one of these changes.
    pub(crate) fn tell(&self, changes: Changes) {
        for change in Change::ALL {
            if changes.contains(change) {
                self.of(change).send_modify(|commits| *commits += 1);
            }
        }
    }

    pub(crate) fn count_statement(&self) {
        self.statements.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_transaction(&self) {
        self.transactions.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn work(&self) -> Work {
        Work {
            statements: self.statements.load(Ordering::Relaxed),
            transactions: self.transactions.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn commit_failed(&self) {
        let mut failures = self.failures();
        failures.total += 1;
        failures.latest = Some(Instant::now());
    }

    pub(crate) fn failures(&self) -> MutexGuard<'_, CommitFailures> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
