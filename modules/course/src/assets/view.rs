//! Assets as the staff sees them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::AssetRecord;

/// A file of a course.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Asset)]
pub(crate) struct AssetView {
    /// Its name; texts refer to it as `assets/` and the name.
    #[schema(max_length = 100)]
    pub(crate) name: String,
    /// Its media type.
    #[schema(max_length = 100)]
    pub(crate) media_type: String,
    /// How many bytes it has.
    #[schema(minimum = 1, maximum = 10485760)]
    pub(crate) bytes: i32,
    /// The SHA-256 hash of its content, in hexadecimal digits; its ETag.
    #[schema(max_length = 64)]
    pub(crate) sha256: String,
    /// When it was uploaded.
    pub(crate) created_at: DateTime<Utc>,
}

impl From<AssetRecord> for AssetView {
    fn from(asset: AssetRecord) -> Self {
        Self {
            name: asset.name,
            media_type: asset.media_type,
            bytes: asset.bytes,
            sha256: asset.sha256,
            created_at: asset.created_at,
        }
    }
}
