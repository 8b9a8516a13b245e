//! The tables of the catalogue.

pub(crate) mod listings;
pub(crate) mod words;
