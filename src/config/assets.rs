//! Where the assets of courses are kept, and the rules that a schema cannot express.

use kernel::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::redacted;

#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssetSettings {
    /// How many bytes the assets of a course can have together, with those that its published versions keep.
    #[schema(minimum = 1048576, maximum = 1073741824)]
    pub bytes_per_course: u64,
    /// The bucket in which assets are kept, of a server that speaks S3. Empty: they are in `data.folder`.
    #[schema(max_length = 63, pattern = "^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$")]
    pub s3_bucket: String,
    /// The URL of that server, such as `https://s3.example.org`. Empty: Amazon S3.
    #[schema(max_length = 200, pattern = "^(https?://[^/?#@\\s]+)?$")]
    pub s3_endpoint: String,
    /// The region of the bucket; servers other than Amazon's accept `us-east-1`.
    #[schema(min_length = 1, max_length = 60, pattern = "^[a-z0-9-]+$")]
    pub s3_region: String,
    /// The access key that can read, write, and delete objects of the bucket.
    #[schema(max_length = 200)]
    pub s3_access_key: String,
    /// The secret of that key.
    #[schema(value_type = String, max_length = 1000)]
    #[serde(serialize_with = "redacted")]
    pub s3_secret_key: SecretString,
    /// Allows an `assets.s3_endpoint` without TLS, where anybody on the network path can read and change assets.
    pub s3_allow_http: bool,
}

pub(super) fn faults(tree: &Value) -> Vec<String> {
    let text = |name: &str| tree["assets"][name].as_str().unwrap_or_default();
    let mut faults = Vec::new();
    if !text("s3_bucket").is_empty() {
        for name in ["s3_access_key", "s3_secret_key"] {
            if text(name).is_empty() {
                faults.push(format!(
                    "  assets.{name}: must be set with assets.s3_bucket; create a key for the bucket"
                ));
            }
        }
    }
    let allow_http = tree["assets"]["s3_allow_http"] == true;
    if text("s3_endpoint").starts_with("http://") && !allow_http {
        faults.push(
            "  assets.s3_endpoint: has no TLS; use https://, or set assets.s3_allow_http for a private network"
                .to_owned(),
        );
    }
    faults
}
