//! The edge: what stands in front of the modules, in every topology.

pub mod account;
pub mod backlog;
mod cors;
mod deadline;
pub mod docs;
mod fallback;
mod headers;
pub mod health;
mod limits;
mod metrics;
pub mod openapi;
mod panics;
mod problems;
mod refuse;
mod span;

pub use cors::cors;
pub use deadline::{Deadline, within_deadline};
pub use fallback::{RouteTable, fallback, refuse_methods};
pub use headers::{security_headers, serve_head};
pub use health::Readiness;
pub use limits::{RateLimits, limit_rate};
pub use metrics::{Metrics, measure};
pub use panics::catch_panics;
pub use problems::{explain_problem, finish_problems, revalidate};
pub use refuse::refuse_unwanted;
pub use span::RequestSpan;
