//! Who is in which course: enrolling, leaving, and the grades that wait for their learner to enroll.

mod http;
mod request;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use http::{at_version, routes};
#[cfg(test)]
pub(crate) use request::Enroll;
pub(crate) use service::{Brought, Service, check_removed, check_return};
pub(crate) use store::pending_grades;
#[cfg(test)]
pub(crate) use view::Enrolled;
pub(crate) use view::{EnrollmentView, percent};
