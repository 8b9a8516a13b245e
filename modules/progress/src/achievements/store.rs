//! Achievements, to whom new ones are still to be given, and who may have reached them.

pub(super) mod candidates;
pub(super) mod definitions;
pub(super) mod evaluations;
