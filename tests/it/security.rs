//! Attacks, each of which must fail.

mod providers;
