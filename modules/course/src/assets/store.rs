//! The tables of assets and of their content.

pub(crate) mod blobs;
pub(crate) mod drafts;
pub(crate) mod versions;

use chrono::{DateTime, Utc};
use sea_orm::FromQueryResult;

/// A file of a course.
#[derive(Debug, Clone, PartialEq, Eq, FromQueryResult)]
pub(crate) struct AssetRecord {
    pub(crate) name: String,
    pub(crate) media_type: String,
    pub(crate) bytes: i32,
    /// In hexadecimal digits.
    pub(crate) sha256: String,
    pub(crate) created_at: DateTime<Utc>,
}
