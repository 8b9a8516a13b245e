//! Published versions: a draft becomes an immutable, numbered version that readers get, and a
//! course leaves the catalogue again.

mod content;
mod http;
mod prepared;
mod published;
mod request;
mod service;
mod store;
mod view;

#[cfg(test)]
mod tests;

pub(crate) use http::{edition, routes};
pub(crate) use prepared::{DraftTexts, Prepared};
pub(crate) use published::Versions;
pub(crate) use request::EditionQuery;
pub(crate) use service::{Edition, Publishing, Service};
pub(crate) use store::{VersionExercise, VersionRecord, parts, schedules, versions};
pub(crate) use view::CourseOutline;
