//! The tables of regrades.

pub(crate) mod changes;
pub(crate) mod regrades;
