//! A learner as a whole: totals, level, calendar of activity and the courses that they are in.

mod http;
mod request;
mod service;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use http::routes;
pub(crate) use service::Service;
pub(crate) use view::TotalsView;
