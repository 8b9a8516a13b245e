//! The inbox of a user: their notifications, and which of them they have read.

mod http;
mod record;
mod request;
mod service;
mod store;
mod view;

#[cfg(test)]
mod tests;

pub(crate) use http::routes;
pub(crate) use record::NotificationRecord;
pub(crate) use service::Service;
pub(crate) use store::{delete_all_of, export, find, insert};
