//! Working through a course: lessons, the grades of their exercises, and how far a learner has come.

mod http;
mod request;
mod service;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use http::routes;
#[cfg(test)]
pub(crate) use request::ReportProgress;
pub(crate) use service::Service;
#[cfg(test)]
pub(crate) use view::CourseProgress;
