//! The shadows of projections, how they take the place of what is shown, and which version of each that is.

pub(super) mod projections;
pub(crate) mod shadows;
pub(super) mod swap;
