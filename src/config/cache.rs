//! What the processes of an installation share beside their databases.

use kernel::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::redacted;

#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CacheSettings {
    /// The URL of a Redis server in which processes count requests together: `redis://user:password@host:6379/0`, or `rediss://`. Empty: each process counts by itself.
    #[schema(value_type = String, max_length = 1000, pattern = "^(rediss?://.+)?$")]
    #[serde(serialize_with = "redacted")]
    pub url: SecretString,
    /// The prefix of the keys, so that installations can share a Redis server.
    #[schema(pattern = "^[a-z0-9-]{1,60}$")]
    pub prefix: String,
}

impl CacheSettings {
    /// How the URL is written.
    pub const FORM: &str =
        "write redis://user:password@host:6379/0, with special characters of the password as %XX";
}
