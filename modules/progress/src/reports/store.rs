//! Reports, their pieces, and what only they read.

pub(super) mod enrolled;
pub(crate) mod erasures;
pub(super) mod pieces;
pub(crate) mod reports;
pub(super) mod sizes;
