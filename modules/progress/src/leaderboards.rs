//! Who has how many points, in a course and in all, and how a learner appears there.

mod http;
mod request;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod view;

pub(crate) use http::routes;
#[cfg(test)]
pub(crate) use request::{Around, BoardFilter};
pub(crate) use service::{
    Gain, Service, add_points, delete_of, on_user_erasure_cancelled, on_user_erasure_started,
    on_user_locked, wrong_counts,
};
pub(crate) use store::scores::{ScoreRecord, export, list_of, row as score_row};
