//! Accounts: how users come to one, what they and administrators change of it, and who may invite.

mod avatar;
mod cache;
mod fields;
mod http;
mod new_account;
mod registered;
mod request;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use fields::parse_email;
pub(crate) use http::routes;
pub use new_account::NewAccount;
#[cfg(test)]
pub(crate) use registered::Registered;
pub(crate) use registered::Waiting;
#[cfg(test)]
pub(crate) use request::{ChangeUser, CreateInvitation, Register, SetUp};
pub(crate) use service::Service;
pub(crate) use view::Account;
