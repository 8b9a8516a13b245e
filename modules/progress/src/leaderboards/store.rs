//! What leaderboards are read from: the scores of learners, and how many have how many points.

pub(crate) mod cohorts;
pub(crate) mod comparison;
pub(crate) mod counts;
pub(crate) mod scores;
#[cfg(test)]
mod tests;
