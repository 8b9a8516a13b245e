//! The one integration binary: real ports, real HTTP, real databases.

#![expect(
    clippy::expect_used,
    reason = "a test that cannot go on ends by saying what it expected"
)]
#![expect(
    clippy::print_stdout,
    reason = "a test of a fault prints what it has measured"
)]

mod support;

mod account_pages;
mod accounts;
mod arch;
mod assets;
mod attach;
mod bounds;
mod bus;
mod cache;
mod certificates;
mod cli;
mod cohorts;
mod course;
mod data_folder;
mod database;
mod documents;
mod edge;
mod erasure;
mod events;
mod examples;
mod exports;
mod faults;
mod gateway;
mod glossary;
#[cfg(feature = "rabbitmq")]
mod handover;
mod journey;
mod log;
mod mail_server;
mod master_key;
mod notification;
mod openapi;
mod own_ca;
mod problems;
mod progress;
mod refusals;
mod rolling;
mod rooms;
mod rpc;
mod sagas;
mod seats;
mod security;
mod tour;
mod user;
mod versions;
mod wake;
