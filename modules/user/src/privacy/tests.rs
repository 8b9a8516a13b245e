//! Exports and erasures.

mod exports;
mod sagas;
