//! Who may take a course that takes in only those who were invited: codes, and who has redeemed one.

mod http;
mod request;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use http::routes;
pub(crate) use service::Service;
pub(crate) use store::{invitations, redemptions};
