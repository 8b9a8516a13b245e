//! Failures across the wire: each kind has its gRPC status, and the failure itself travels in the
//! details, so that it comes out as it went in.

use std::error::Error;
use std::str::FromStr;

use kernel::{Failure, Fault, Kind};
use tonic::{Code, Status};

/// A failure as a status.
pub(crate) fn to_status(failure: &Failure) -> Status {
    let details = serde_json::to_vec(failure).unwrap_or_default();
    Status::with_details(code(failure.kind()), failure.to_string(), details.into())
}

/// A status as a failure. One that no module has made means that the module could not be called.
pub(crate) fn to_failure(module: &'static str, status: &Status) -> Failure {
    serde_json::from_slice(status.details()).unwrap_or_else(|_| {
        tracing::warn!(peer.module = module, grpc.code = ?status.code(), error = described(status), "another module cannot be reached");
        Failure::of(&Unreachable(module))
    })
}

/// The message of a status and what lies under it, such as why a TLS handshake failed; what was
/// said already is not said again.
pub(crate) fn described(status: &Status) -> String {
    let mut text = status.message().to_owned();
    let mut cause = status.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}

/// A value of an answer.
pub(crate) fn parsed<T: FromStr>(module: &'static str, text: &str) -> Result<T, Failure> {
    text.parse().map_err(|_| garbled(module))
}

/// What came is not what the contract says.
pub(crate) fn garbled(module: &'static str) -> Failure {
    tracing::warn!(
        peer.module = module,
        "a response of another module violates the contract"
    );
    Failure::of(&Unreachable(module))
}

/// The request breaks the contract.
pub(crate) fn refused(what: &str) -> Status {
    Status::invalid_argument(format!("{what} is not as gopro.v1 describes it"))
}

#[derive(Debug, thiserror::Error)]
#[error("the {0} module is unreachable; try again in a second")]
struct Unreachable(&'static str);

impl Fault for Unreachable {
    fn kind(&self) -> Kind {
        Kind::Unavailable
    }

    fn code(&self) -> &str {
        "module.unreachable"
    }

    fn retry_after(&self) -> Option<std::time::Duration> {
        Some(std::time::Duration::from_secs(1))
    }
}

fn code(kind: Kind) -> Code {
    match kind {
        Kind::NotFound => Code::NotFound,
        Kind::Invalid => Code::InvalidArgument,
        Kind::Conflict => Code::AlreadyExists,
        Kind::Stale => Code::Aborted,
        Kind::Unauthenticated => Code::Unauthenticated,
        Kind::Forbidden => Code::PermissionDenied,
        Kind::Limited => Code::ResourceExhausted,
        Kind::Unavailable => Code::Unavailable,
        Kind::Internal => Code::Internal,
    }
}
