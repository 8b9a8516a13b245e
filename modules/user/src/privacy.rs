//! What a user may have of us: all that is known of them in one archive, and that it is erased in
//! every part of the platform.

mod archive;
mod download;
mod http;
mod request;
mod saga;
mod service;
mod steps;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use http::routes;
pub(crate) use service::Service;
