//! One-time tokens: secrets that work once and travel in the links of emails.

mod http;
mod new_token;
mod service;
mod store;
mod view;

pub(crate) use http::email_sent;
pub(crate) use new_token::NewToken;
pub(crate) use service::{MIN_RESPONSE_TIME, Service};
pub(crate) use store::{
    OneTimeToken, delete_before, delete_of, end, end_of, find, last_open, list, list_open,
    list_open_invitations, lock_unused, supersede,
};
pub(crate) use view::EmailQueued;
