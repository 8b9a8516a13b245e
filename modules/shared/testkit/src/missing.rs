//! Saying what a run of the suite leaves out.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

static LOGGED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Says once in each test program what it leaves out and what would let it run. It writes past the
/// harness, which shows the output of failed tests alone.
pub fn left_out(what: &str) {
    let mut logged = LOGGED.lock().unwrap_or_else(PoisonError::into_inner);
    if logged.insert(what.to_owned()) {
        let _ = writeln!(std::io::stderr(), "left out: {what}");
    }
}
