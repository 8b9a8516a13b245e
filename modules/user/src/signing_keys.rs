//! The keys that sign tokens: made, rotated, published, and used.

mod credentials;
mod ring;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use credentials::CredentialSigner;
pub(crate) use ring::KeyRing;
pub(crate) use service::Service;
pub(crate) use store::list;
pub use view::{KeyState, KeyView};
