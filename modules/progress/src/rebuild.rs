//! Making projections anew from the log, beside a server that goes on: into a shadow first, which then takes the place of
//! what is shown at once.

mod service;
mod store;
#[cfg(test)]
mod tests;

pub use service::Rebuilt;
pub(crate) use service::{lags, rebuild};
pub(crate) use store::shadows::delete_of;
