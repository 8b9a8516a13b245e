//! The activity log and what is folded from it: facts are recorded here, with every projection and
//! event that follows from them, and compared with the projections again.

mod aggregate;
mod fact_recorder;
mod service;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use aggregate::EnrollmentAggregate;
pub use service::Mismatch;
pub(crate) use service::{Fold, Outlines, Service, fold, uncount, verify};
pub(crate) use store::{activity, course_activity, enrollments, projections};
