//! The files that the texts of a course refer to: which the draft and each version have, and where their content is
//! kept, once for all who name it.

mod blobs;
mod content;
mod http;
mod request;
mod scratch;
mod service;
mod store;
mod view;

#[cfg(test)]
mod tests;

pub(crate) use blobs::of_disk;
pub use blobs::{AssetStore, S3Bucket};
pub(crate) use content::Content;
pub(crate) use http::{Caching, routes, serve};
pub(crate) use scratch::Scratch;
pub(crate) use service::{Kept, Service};
pub(crate) use store::{AssetRecord, drafts, versions};

/// What an upload has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// The name is new.
    Added,
    /// The name had other content.
    Replaced,
    Nothing,
}
