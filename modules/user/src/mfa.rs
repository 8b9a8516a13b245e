//! The second factor over HTTP: setting it up and taking it away, the second step of a login, and
//! showing once more who one is.

mod http;
mod request;
mod service;
mod store;
#[cfg(test)]
pub(crate) mod tests;
mod view;

pub(crate) use http::routes;
#[cfg(test)]
pub(crate) use service::Again;
pub(crate) use service::Service;
pub(crate) use store::sweep;
