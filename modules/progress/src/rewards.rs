//! What learning brings: points, streaks, and the achievements that are earned.

mod http;
mod request;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use http::routes;
pub(crate) use service::{Service, scopes_of};
pub(crate) use store::{EarnedRecord, delete_of, earned_of, export, list_by_id, list_earned};
pub(crate) use view::StreakView;
