//! The one integration binary: real ports, real HTTP, real databases.

mod support;

mod arch;
mod cli;
mod course;
mod edge;
mod examples;
mod journey;
mod notification;
mod openapi;
mod progress;
mod refusals;
mod tour;
mod user;
