//! Events between modules: CloudEvents 1.0 envelopes around typed facts.

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::EventId;

/// A fact that has happened, in the past tense.
pub trait Event: Serialize + DeserializeOwned {
    /// The stable name with its major version: `user.created.v1`.
    const TYPE: &'static str;
    /// What the event is about: `user`, `course`, `enrollment`.
    const AGGREGATE: &'static str;

    /// The id of the aggregate; events of one aggregate arrive in order.
    fn subject(&self) -> String;
}

/// A CloudEvents 1.0 envelope in its JSON format.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// Always `1.0`.
    pub specversion: String,
    /// The id of the event, unique for ever; consumers drop what they have seen.
    pub id: EventId,
    /// `/gopro/<module>`.
    pub source: String,
    /// The event's type with its major version.
    #[serde(rename = "type")]
    pub kind: String,
    /// The id of the aggregate.
    pub subject: String,
    /// When it happened: when it was recorded, but not later than the request or the event that it
    /// follows from ([`crate::Operation::moment`]).
    pub time: DateTime<Utc>,
    /// Always `application/json`.
    pub datacontenttype: String,
    /// Where the shape of `data` is described.
    pub dataschema: String,
    /// The kind of the aggregate.
    pub aggregatetype: String,
    /// The number of this event within its aggregate: from 1, without a gap.
    pub sequence: i64,
    /// Joins all that follows from one request.
    pub correlationid: String,
    /// The event that caused this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causationid: Option<String>,
    /// The W3C trace context of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// The user who caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// The fact itself.
    pub data: serde_json::Value,
}

/// An envelope whose data is not what its type promises.
#[derive(Debug, thiserror::Error)]
#[error("the data of {kind} does not decode: {source}")]
pub struct EventError {
    kind: String,
    source: serde_json::Error,
}

impl Envelope {
    /// The typed fact.
    ///
    /// # Errors
    /// [`EventError`] when the data lacks what `E` needs.
    pub fn decode<E: Event>(&self) -> Result<E, EventError> {
        E::deserialize(&self.data).map_err(|source| EventError {
            kind: self.kind.clone(),
            source,
        })
    }

    /// The aggregate's kind and id as one key, for ordering.
    pub fn stream(&self) -> String {
        format!("{}/{}", self.aggregatetype, self.subject)
    }
}
