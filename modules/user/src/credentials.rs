//! Passwords: logging in with one, changing and resetting it, what it must be, and how guesses are
//! slowed down.

mod breached;
mod hashing;
mod http;
mod own_words;
mod policy;
mod request;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod throttle;
mod view;

pub use breached::check_breached_passwords;
pub(crate) use hashing::PasswordHasher;
pub(crate) use http::routes;
pub(crate) use policy::compose;
#[cfg(test)]
pub(crate) use request::{ChangePassword, LogIn};
pub(crate) use service::Service;
pub(crate) use throttle::{delete_of, lanes_of_code, lanes_of_link, lanes_of_session, sweep};
