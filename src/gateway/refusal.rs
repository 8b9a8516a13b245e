//! Why a request got no answer from a service, and the error for the client: what to do next, and
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
    /// Its answer breaks the rules of HTTP, breaks off, or says what only the edge may say.
    BadAnswer,
    /// It did not answer in time.
    Deadline,
    /// The body is larger than it may be.
    TooLarge,
    /// The client did not send the body in time.
    SlowBody,
    /// The client did not send the body to its end.
    BodyBroken,
    /// The client sent what cannot be sent on.
    Malformed,
}

impl Refusal {
    /// As it stands in the metrics.
    pub(super) fn outcome(self) -> &'static str {
        match self {
            Self::Open(_) => "open",
            Self::Full => "full",
            Self::Unreachable => "unreachable",
            Self::BadAnswer => "bad_answer",
            Self::Deadline => "deadline",
            Self::TooLarge | Self::SlowBody | Self::BodyBroken | Self::Malformed => "client",
        }
    }
}

impl From<Refusal> for rest::Error {
    fn from(refusal: Refusal) -> Self {
        let soon = Duration::from_secs(1);
        match refusal {
            Refusal::Open(wait) => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "upstream.circuit_open",
                "the service keeps failing and is not called for now; try again after the seconds in Retry-After",
            )
            .with_retry_after(wait),
            Refusal::Full => Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "upstream.overloaded",
                "the service is at capacity; try again after the seconds in Retry-After",
            )
            .with_retry_after(soon),
            Refusal::Unreachable => Self::new(
                StatusCode::BAD_GATEWAY,
                "upstream.unreachable",
                "the service cannot be reached; try again, and repeat a POST with the same Idempotency-Key",
            )
            .with_retry_after(soon),
            Refusal::BadAnswer => Self::new(
                StatusCode::BAD_GATEWAY,
                "upstream.response_invalid",
                "the service sent an invalid response; try again, and repeat a POST with the same Idempotency-Key",
            )
            .with_retry_after(soon),
            Refusal::Deadline => Self::new(
                StatusCode::GATEWAY_TIMEOUT,
                "upstream.timeout",
                "the service took too long; try again, and repeat a POST with the same Idempotency-Key",
            )
            .with_retry_after(soon),
            Refusal::TooLarge => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "request.too_large",
                "the body is too large; send a smaller one",
            ),
            Refusal::SlowBody => Self::new(
                StatusCode::REQUEST_TIMEOUT,
                "request.timeout",
                "the request took too long to arrive; send it again",
            ),
            Refusal::BodyBroken => rest::body_broken(),
            Refusal::Malformed => Self::new(
                StatusCode::BAD_REQUEST,
                "request.malformed",
                "the request cannot be passed on; check it against /docs and send it again",
            ),
        }
    }
}
