//! Merge patches (RFC 7396).

use serde::{Deserialize, Deserializer};

/// Reads a field of a merge patch that can be cleared: absent is `None` with `#[serde(default)]`,
/// null is `Some(None)`.
///
/// # Errors
/// When what is there is no `T`.
pub fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
