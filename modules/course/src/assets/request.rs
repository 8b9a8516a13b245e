//! How assets are uploaded.

use serde::Deserialize;
use utoipa::IntoParams;

/// How an asset is called.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UploadAsset {
    /// Its name, which texts refer to: letters, digits, hyphens, underscores, and dots, with the extension of a type
    /// that is allowed. Another one of that name, whatever its case, is replaced.
    #[param(
        min_length = 1,
        max_length = 100,
        pattern = "^[A-Za-z0-9_-][A-Za-z0-9._-]*$",
        example = "note.txt"
    )]
    pub(crate) name: String,
}
