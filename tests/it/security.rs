//! Attacks, each of which must fail.

mod account_events;
mod enumeration;
mod passwords;
mod providers;
mod refresh;
mod school;
mod secrets;
mod sessions;
mod tokens;
