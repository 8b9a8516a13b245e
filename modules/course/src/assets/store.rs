//! The tables of assets and of their content.

pub(crate) mod blobs;
pub(crate) mod drafts;
pub(crate) mod versions;

use chrono::{DateTime, Utc};
use kernel::CourseId;
use sea_orm::{ConnectionTrait, FromQueryResult};

use crate::error::Error;

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

/// Whether a version has the very assets of the draft.
pub(crate) async fn is_published(
    db: &impl ConnectionTrait,
    course: CourseId,
    number: i64,
) -> Result<bool, Error> {
    let draft = drafts::list(db, course).await?.into_iter();
    let version = versions::list(db, course, number).await?.into_iter();
    let key = |asset: AssetRecord| (asset.name, asset.sha256);
    Ok(draft.map(key).eq(version.map(key)))
}
