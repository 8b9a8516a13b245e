//! Why a request is refused before anything reads it, and the request that stands for it.

use std::sync::Arc;

use actix_web::http::StatusCode;
use kernel::Env;

/// What a head may have; as many headers as the framework takes.
pub(in crate::gateway) const MOST_HEADERS: usize = 96;
pub(in crate::gateway) const LARGEST_HEAD: usize = 64 * 1024;
pub(super) const MARK: &str = "x-gopro-refused";

/// Why a request is refused before anything reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gateway) enum Fault {
    Malformed,
    TargetTooLong,
    HeadersTooLarge,
    Slow,
    Upgrade,
    Connect,
}

/// The secret of this process by which a request that stands for a refused one is known.
#[derive(Clone)]
pub(in crate::gateway) struct Mark(Arc<str>);

impl Mark {
    /// A new secret.
    pub(in crate::gateway) fn new(env: &Env) -> Self {
        let bytes = env.bytes::<16>();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Self(hex.into())
    }

    /// The request that stands for one that is refused.
    pub(super) fn request(&self, fault: Fault) -> String {
        let (secret, nr) = (&self.0, fault as u8);
        format!(
            "GET / HTTP/1.1\r\nHost: refused\r\nConnection: close\r\n{MARK}: {secret}{nr}\r\n\r\n"
        )
    }

    pub(super) fn fault(&self, value: &[u8]) -> Option<Fault> {
        let nr = value.strip_prefix(self.0.as_bytes())?;
        let all = [
            Fault::Malformed,
            Fault::TargetTooLong,
            Fault::HeadersTooLarge,
            Fault::Slow,
            Fault::Upgrade,
            Fault::Connect,
        ];
        all.into_iter()
            .find(|fault| (*fault as u8).to_string().as_bytes() == nr)
    }
}

impl From<Fault> for rest::Error {
    fn from(fault: Fault) -> Self {
        let (status, code, detail) = match fault {
            Fault::Malformed => (
                StatusCode::BAD_REQUEST,
                "request.malformed",
                "the request does not follow the rules of HTTP (RFC 9112); check the request line, Host, the headers and the length of the body, and send it again over a new connection",
            ),
            Fault::TargetTooLong => (
                StatusCode::URI_TOO_LONG,
                "request.target_too_long",
                "the URL is too long; send a shorter query",
            ),
            Fault::HeadersTooLarge => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "request.headers_too_large",
                "the headers are too large; send fewer or shorter ones",
            ),
            Fault::Slow => (
                StatusCode::REQUEST_TIMEOUT,
                "request.timeout",
                "the request took too long to arrive; send it again",
            ),
            Fault::Upgrade => (
                StatusCode::BAD_REQUEST,
                "request.upgrade_unsupported",
                "no other protocol can be negotiated here; send the request without Upgrade",
            ),
            Fault::Connect => (
                StatusCode::BAD_REQUEST,
                "request.connect_unsupported",
                "this server is not a proxy; send the request directly to its destination",
            ),
        };
        Self::new(status, code, detail)
    }
}
