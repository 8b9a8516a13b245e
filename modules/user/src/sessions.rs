//! Sessions and what is issued for them: refresh tokens, access tokens and API tokens, and the devices
//! and networks that a user has logged in from.

mod device;
mod http;
mod personal;
mod request;
mod service;
mod status;
mod store;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use device::{Client, Device, Known, Origin};
pub(crate) use http::routes;
pub(crate) use personal::{delete_of, export, export_api_tokens, export_known_callers, sweep};
#[cfg(test)]
pub(crate) use request::CreateApiToken;
pub(crate) use service::{Lifetimes, Service};
#[cfg(test)]
pub(crate) use store::{known_callers, refresh_tokens};
pub(crate) use view::{LoginAnswer, MfaChallenge, TokenPair};
