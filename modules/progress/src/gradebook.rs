//! Grades of a course: categories with weights over the best answers, and what the staff sets by hand.

mod http;
mod request;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use http::routes;
pub(crate) use service::Service;
pub(crate) use store::overrides::{delete_of, export, export_set, forget_author};
pub(crate) use view::CourseGrades;
