//! What rows keep as JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Error;

/// What a row keeps as JSON.
pub(crate) fn to_json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(Error::internal)
}

/// Reads what [`to_json`] wrote.
pub(crate) fn from_json<T: DeserializeOwned>(text: Option<&str>) -> Result<T, Error> {
    serde_json::from_str(text.unwrap_or("{}")).map_err(Error::internal)
}
