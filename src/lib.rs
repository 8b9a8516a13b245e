//! The composition root: it alone knows all four modules, and how they become one server.

mod cache;
pub mod cli;
pub mod config;
pub mod data;
pub mod gateway;
mod maintenance;
pub mod migrate;
pub mod module_name;
pub mod modules;
pub mod operations;
pub mod readiness;
mod reports;
mod running;
pub mod seed;
pub mod server;
pub mod telemetry;
mod trusted_clock;
