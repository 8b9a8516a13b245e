//! The kinds of sagas and their steps.

use chrono::Duration;

pub(super) const EXPORT: &str = "export";
pub(super) const ERASURE: &str = "erasure";

/// Whose answers make an export whole; this module gathers its own part itself.
pub(super) const PARTS: [&str; 4] = ["user", "course", "progress", "notification"];
pub(super) const GATHER: &str = "gather";
/// How long an export can be fetched.
pub(super) const EXPORT_LIFETIME: Duration = Duration::days(7);

pub(super) const UNDO: &str = "undo";
pub(super) const TOMBSTONE: &str = "tombstone";
/// Removes what is left once the last event is published.
pub(super) const SWEEP: &str = "sweep";
/// The modules come first, so that the user whom they still look up exists until the end.
pub(super) const ORDER: [&str; 5] = ["course", "progress", "notification", TOMBSTONE, SWEEP];

/// The step of a piece that others follow.
pub(super) fn piece_step(module: &str, piece: u32) -> String {
    format!("{module}/{piece}")
}

/// The step of an erasure that follows another one.
pub(super) fn after(step: &str) -> Option<&'static str> {
    let place = ORDER.iter().position(|known| *known == step)?;
    ORDER.get(place + 1).copied()
}
