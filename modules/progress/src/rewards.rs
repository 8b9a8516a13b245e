//! What learning brings: points, streaks and achievements.

mod http;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use http::routes;
pub(crate) use service::Service;
pub(crate) use store::{delete_of, earned_of, export};
pub(crate) use view::StreakView;
