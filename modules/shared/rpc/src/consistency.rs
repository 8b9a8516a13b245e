//! What all processes of an installation must agree on, the time and a few settings, and who of the
//! others does not. Each answer over gRPC says what the process that gave it holds for true.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use kernel::Env;
use serde::Serialize;
use tonic::metadata::MetadataMap;

/// The header with the time of who answers, in milliseconds since 1970.
pub(crate) const TIME: &str = "gopro-time";
/// The header with the marks of its settings, `name=mark` joined by blanks.
pub(crate) const SETTINGS: &str = "gopro-settings";
/// After this long without a word another process is gone, and what it said is no fault any more.
const FORGOTTEN: Duration = Duration::from_secs(60);
/// From here on a difference of clocks is reported, in milliseconds.
const WARNING: i64 = 10_000;
/// From here on it is a fault: tokens are rejected because of it.
const FAULT: i64 = 30_000;

/// What this process holds for true, and what the others have said. Cheap to clone.
#[derive(Clone)]
pub struct Consistency(Arc<Inner>);

struct Inner {
    env: Env,
    marks: BTreeMap<&'static str, String>,
    peers: Mutex<BTreeMap<String, (Instant, PeerState)>>,
}

/// What another process has last said of itself, compared with this one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PeerState {
    /// How far its clock is ahead of ours, in milliseconds.
    pub clock_ahead_ms: i64,
    /// The settings that must be alike and are not.
    pub differs: Vec<String>,
}

impl PeerState {
    fn level(&self) -> i64 {
        match self.clock_ahead_ms.abs() {
            FAULT.. => 2,
            WARNING.. => 1,
            _ => 0,
        }
    }
}

impl Consistency {
    /// `marks` are hashes of settings that do not reveal them.
    pub fn new(env: Env, marks: BTreeMap<&'static str, String>) -> Self {
        Self(Arc::new(Inner {
            env,
            marks,
            peers: Mutex::default(),
        }))
    }

    /// The present time of this process.
    pub fn now(&self) -> DateTime<Utc> {
        self.0.env.now()
    }

    /// What the others have said, by their addresses.
    pub fn peers(&self) -> BTreeMap<String, PeerState> {
        let mut peers = self.lock();
        peers.retain(|_, (said, _)| said.elapsed() < FORGOTTEN);
        let peers = peers.iter();
        peers
            .map(|(at, (_, state))| (at.clone(), state.clone()))
            .collect()
    }

    /// A sentence for each fault: what differs so far that something fails.
    pub fn faults(&self) -> Vec<String> {
        let peers = self.peers();
        peers
            .iter()
            .flat_map(|(at, state)| faults_of(at, state))
            .collect()
    }

    /// A sentence for each clock that differs and breaks nothing yet.
    pub fn warnings(&self) -> Vec<String> {
        let peers = self.peers();
        let near = peers.iter().filter(|(_, state)| state.level() == 1);
        near.map(|(at, state)| clocks(at, state)).collect()
    }

    /// Compares what a process at `address` has reported in the answer to a call that was sent at `sent_at`.
    pub fn note(
        &self,
        address: &str,
        sent_at: DateTime<Utc>,
        their_time: DateTime<Utc>,
        settings: &str,
    ) {
        // It was stated at some moment between request and answer.
        let between = sent_at + (self.now() - sent_at) / 2;
        let differs = settings.split(' ').filter_map(|mark| mark.split_once('='));
        let differs = differs.filter(|(name, mark)| {
            let ours = self.0.marks.get(name);
            ours.is_some_and(|ours| ours != mark)
        });
        let state = PeerState {
            clock_ahead_ms: (their_time - between).num_milliseconds(),
            differs: differs.map(|(name, _)| name.to_owned()).collect(),
        };
        let said = (Instant::now(), state.clone());
        let before = self.lock().insert(address.to_owned(), said);
        let before = before.map(|(_, before)| before).unwrap_or_default();
        let (level, differs) = (state.level(), &state.differs);
        if level != before.level() {
            if level == 0 {
                tracing::info!(
                    peer.address = address,
                    "the clock of another process agrees with the clock of this one again"
                );
            } else {
                tracing::warn!(
                    peer.address = address,
                    clock.ahead_ms = state.clock_ahead_ms,
                    "the clock of another process differs from the clock of this one; synchronize all hosts with NTP"
                );
            }
        }
        if *differs != before.differs && !differs.is_empty() {
            tracing::error!(
                peer.address = address,
                settings = differs.join(", "),
                "another process has different values of settings that must be the same in all processes"
            );
        }
    }

    pub(crate) fn note_metadata(
        &self,
        address: &str,
        sent_at: DateTime<Utc>,
        metadata: &MetadataMap,
    ) {
        let text = |name| metadata.get(name).and_then(|value| value.to_str().ok());
        let time = text(TIME).and_then(|time| time.parse::<i64>().ok());
        if let Some(time) = time.and_then(DateTime::from_timestamp_millis) {
            self.note(address, sent_at, time, text(SETTINGS).unwrap_or_default());
        }
    }

    /// The marks of this process, as text.
    pub(crate) fn marks(&self) -> String {
        let marks = self.0.marks.iter();
        let marks: Vec<String> = marks.map(|(name, mark)| format!("{name}={mark}")).collect();
        marks.join(" ")
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, (Instant, PeerState)>> {
        self.0.peers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn clocks(address: &str, state: &PeerState) -> String {
    let way = if state.clock_ahead_ms > 0 {
        "ahead of"
    } else {
        "behind"
    };
    let seconds = state.clock_ahead_ms.abs() / 1000;
    format!(
        "the clock of {address} is {seconds} s {way} the clock of this process; synchronize all hosts with NTP"
    )
}

fn faults_of(address: &str, state: &PeerState) -> Vec<String> {
    let mut faults = Vec::new();
    if state.level() == 2 {
        faults.push(format!("tokens are rejected: {}", clocks(address, state)));
    }
    faults.extend(state.differs.iter().map(|name| {
        format!("{address} has a different {name}; it must be the same in all processes")
    }));
    faults
}

impl std::fmt::Debug for Consistency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Consistency")
    }
}
