//! Attacks, each of which must fail.

mod enumeration;
mod providers;
mod secrets;
mod sessions;
mod tokens;
