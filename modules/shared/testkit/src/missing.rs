//! Saying what a run of the suite leaves out.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Says once in each test program what it leaves out and what would let it run. It writes past the
/// harness, which shows the output of failed tests alone.
pub fn left_out(what: &str) {
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    if told.insert(what.to_owned()) {
        let _ = writeln!(std::io::stderr(), "left out: {what}");
    }
}
