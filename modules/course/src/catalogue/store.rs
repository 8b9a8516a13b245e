//! The tables of the catalogue.

mod hits;
mod index;
pub(crate) mod listings;
pub(crate) mod words;
