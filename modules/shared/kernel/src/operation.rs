//! Who does something, in which request, and how often it may be repeated.

use serde::{Deserialize, Serialize};

use crate::{Envelope, Fault, Kind, UserId};

/// The circumstances of one change: they go into its events and guard its repetition.
#[derive(Debug, Clone, Default)]
pub struct Operation {
    /// The person on whose behalf it happens; none for what the system does by itself.
    pub actor: Option<UserId>,
    /// The id that joins all that follows from one request: the request id at the edge.
    pub correlation: String,
    /// The network address that the request came from, when one did.
    pub address: Option<String>,
    /// The event that caused this change, when one did.
    pub causation: Option<String>,
    /// The W3C `traceparent` of the request, when it has one.
    pub traceparent: Option<String>,
    /// The caller's idempotency key, when they sent one.
    pub idempotency: Option<IdempotencyKey>,
}

impl Operation {
    /// A change that the system makes by itself, such as a command of the operator.
    pub fn system(correlation: impl Into<String>) -> Self {
        Self {
            correlation: correlation.into(),
            ..Self::default()
        }
    }

    /// The same request as that of a person who has shown in it who they are.
    #[must_use]
    pub fn by(&self, person: UserId) -> Self {
        Self {
            actor: Some(person),
            ..self.clone()
        }
    }

    /// What a module does because it heard `event`.
    pub fn caused_by(event: &Envelope) -> Self {
        Self {
            causation: Some(event.id.to_string()),
            traceparent: event.traceparent.clone(),
            ..Self::system(event.correlationid.clone())
        }
    }
}

/// An `Idempotency-Key` within its scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Caller and route, so that keys of two people or two endpoints never meet.
    pub scope: String,
    /// The key as the caller chose it, 1 to 255 visible ASCII characters.
    pub key: String,
    /// A hash of the request's body: the same key with another body is a mistake.
    pub fingerprint: String,
}

/// What a repeatable change gave: a fresh result, or the kept one of its first run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome<T> {
    /// The result, equal for the first run and every replay.
    pub value: T,
    /// Whether this run changed nothing because an earlier one already had.
    pub replayed: bool,
}

impl<T> Outcome<T> {
    /// The result of a change that was made just now.
    pub fn fresh(value: T) -> Self {
        Self {
            value,
            replayed: false,
        }
    }

    /// Changes the value and keeps whether it was replayed.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Outcome<U> {
        Outcome {
            value: change(self.value),
            replayed: self.replayed,
        }
    }
}

/// The version of a resource that a caller believes to be current (RFC 9110, `If-Match`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Expected {
    /// `If-Match: *`: whatever is there.
    Any,
    /// One of these versions.
    OneOf(Vec<i64>),
}

impl Expected {
    /// Checks a belief against the present version.
    ///
    /// # Errors
    /// [`Stale`] when the resource has changed since the caller read it.
    pub fn check(&self, current: i64) -> Result<(), Stale> {
        match self {
            Self::Any => Ok(()),
            Self::OneOf(versions) if versions.contains(&current) => Ok(()),
            Self::OneOf(_) => Err(Stale { current }),
        }
    }
}

/// The caller's copy of a resource is out of date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "this resource has changed since you read it: its ETag is now \"{current}\"; read it again, merge your change and send it with the new If-Match"
)]
pub struct Stale {
    /// The version that is current.
    pub current: i64,
}

impl Fault for Stale {
    fn kind(&self) -> Kind {
        Kind::Stale
    }

    fn code(&self) -> &str {
        "request.stale"
    }
}
