//! The catalogue: what of the published courses people find, and its lists as ready bytes.

mod http;
mod request;
mod service;
mod store;
mod view;

#[cfg(test)]
mod tests;

pub(crate) use http::{Readers, Ready, Shows, for_everybody, routes};
pub(crate) use service::Service;
pub(crate) use store::listings::{self, Listed};
