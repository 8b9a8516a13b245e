//! Why a request got no answer from a service, and what the client is told: what to do next, and
//! nothing of the inside.

use std::time::Duration;

use actix_web::http::StatusCode;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The service is left alone for so long.
    Open(Duration),
    /// As many requests as it may have are under way at it.
    Full,
    /// It cannot be reached, or cut the connection.
    Unreachable,
    /// It did not answer in time.
    Deadline,
    /// The body is larger than it may be.
    TooLarge,
    /// The client did not send the body in time.
    SlowBody,
    /// The client did not send the body to its end, or what cannot be sent on.
    Malformed,
}

impl Refusal {
    /// As it stands in the metrics.
    pub(super) fn outcome(self) -> &'static str {
        match self {
            Self::Open(_) => "open",
            Self::Full => "full",
            Self::Unreachable => "unreachable",
            Self::Deadline => "deadline",
            Self::TooLarge | Self::SlowBody | Self::Malformed => "client",
        }
    }
}

impl From<Refusal> for rest::Error {
    fn from(refusal: Refusal) -> Self {
        let soon = Duration::from_secs(1);
        match refusal {
            Refusal::Open(wait) => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "upstream.open",
                "the service behind this address keeps failing and is left alone for a while; try again after the seconds that Retry-After names",
            )
            .with_retry_after(wait),
            Refusal::Full => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "upstream.full",
                "the service behind this address has all that it can do; try again after the seconds that Retry-After names",
            )
            .with_retry_after(soon),
            Refusal::Unreachable => Self::new(
                StatusCode::BAD_GATEWAY,
                "upstream.unreachable",
                "the service behind this address cannot be reached; try again, a change with the same Idempotency-Key as before",
            )
            .with_retry_after(soon),
            Refusal::Deadline => Self::new(
                StatusCode::GATEWAY_TIMEOUT,
                "upstream.deadline",
                "the service behind this address took too long; try again, a change with the same Idempotency-Key as before",
            )
            .with_retry_after(soon),
            Refusal::TooLarge => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "request.too_large",
                "the body is too large; send less",
            ),
            Refusal::SlowBody => Self::new(
                StatusCode::REQUEST_TIMEOUT,
                "request.timeout",
                "the request took too long to arrive; send it again",
            ),
            Refusal::Malformed => Self::new(
                StatusCode::BAD_REQUEST,
                "request.malformed",
                "the request did not arrive to its end or cannot be passed on; check it against /docs and send it again",
            ),
        }
    }
}
