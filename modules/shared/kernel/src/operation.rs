//! Who does something, in which request, and how often it may be repeated.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{Envelope, Fault, Kind, UserId};

/// The circumstances of one change: they go into its events and guard its repetition.
#[derive(Debug, Clone, Default)]
pub struct Operation {
    /// The user on whose behalf it happens; none for what the system does by itself.
    pub actor: Option<UserId>,
    /// The id that joins all that follows from one request: the request id at the edge.
    pub correlation: String,
    /// The IP address that the request came from, if it came over a network.
    pub ip_address: Option<String>,
    /// The event that caused this change, when one did.
    pub causation: Option<String>,
    /// The W3C `traceparent` of the request, when it has one.
    pub traceparent: Option<String>,
    /// The caller's idempotency key, when they sent one.
    pub idempotency: Option<IdempotencyKey>,
    /// When the request came to the edge by the edge's clock, when another process is the edge.
    pub received_at: Option<DateTime<Utc>>,
    /// When the event that caused it says that it happened, when one did.
    pub caused_at: Option<DateTime<Utc>>,
}

/// How far the clock of an edge is believed to be behind.
const BELIEVED: TimeDelta = TimeDelta::minutes(15);

impl Operation {
    /// A change that the system makes by itself, such as a command of the operator.
    pub fn system(correlation: impl Into<String>) -> Self {
        Self {
            correlation: correlation.into(),
            ..Self::default()
        }
    }

    /// When it happens: now, but not later than the edge says, because the clock of this process
    /// may be ahead and nothing happens in the future. An edge far behind is not believed. What
    /// follows from an event is dated not later than the event, however long that has waited.
    pub fn moment(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let now = self.caused_at.map_or(now, |caused| caused.min(now));
        match self.received_at {
            Some(received) if received < now && now - received <= BELIEVED => received,
            _ => now,
        }
    }

    /// The same request as that of a user who has shown in it who they are.
    #[must_use]
    pub fn by(&self, user: UserId) -> Self {
        Self {
            actor: Some(user),
            ..self.clone()
        }
    }

    /// The operation that handles `event`.
    pub fn caused_by(event: &Envelope) -> Self {
        Self {
            causation: Some(event.id.to_string()),
            traceparent: event.traceparent.clone(),
            caused_at: Some(event.time),
            ..Self::system(event.correlationid.clone())
        }
    }
}

/// An `Idempotency-Key` within its scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Caller and route, so that keys of two users or two endpoints never meet; for a caller who
    /// says no name, what they ask for stands for who they are.
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

/// What a caller believes to be the content of what they change, where its hash is the ETag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedHash {
    /// `If-Match: *`: whatever is there.
    Any,
    /// Content with one of these hashes.
    OneOf(Vec<String>),
}

impl ExpectedHash {
    /// Whether the belief holds of what is there, if anything is.
    #[must_use]
    pub fn allows(&self, current: Option<&str>) -> bool {
        match self {
            Self::Any => current.is_some(),
            Self::OneOf(hashes) => {
                current.is_some_and(|current| hashes.iter().any(|hash| hash == current))
            }
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
        "request.version_conflict"
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::Operation;

    #[test]
    fn nothing_happens_later_than_the_edge_says_nor_long_ago() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        for (ahead, happens) in [(0, 0), (-600, -600), (-900, -900), (-901, 0), (30, 0)] {
            let operation = Operation {
                received_at: Some(now + TimeDelta::seconds(ahead)),
                ..Operation::default()
            };
            assert_eq!(operation.moment(now), now + TimeDelta::seconds(happens));
        }
        assert_eq!(Operation::default().moment(now), now);
    }

    #[test]
    fn what_follows_from_an_event_is_not_later_than_the_event_however_late_it_is_handled() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        for (offset, happens) in [(-30, -30), (-864_000, -864_000), (0, 0), (30, 0)] {
            let operation = Operation {
                caused_at: Some(now + TimeDelta::seconds(offset)),
                ..Operation::default()
            };
            assert_eq!(operation.moment(now), now + TimeDelta::seconds(happens));
        }
    }
}
