//! What can go wrong, in words that HTTP and gRPC can both carry.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The kinds of failure: each maps to one HTTP status (RFC 9110) and one gRPC status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The thing does not exist, or the caller may not know that it does: 404.
    NotFound,
    /// The request breaks a rule that its sender can mend: 422.
    Invalid,
    /// The request does not fit the present state: 409.
    Conflict,
    /// The caller's copy is out of date: 412.
    Stale,
    /// The caller has not shown who they are: 401.
    Unauthenticated,
    /// The caller is known and may not do this: 403.
    Forbidden,
    /// The caller has sent too many requests: 429.
    Limited,
    /// Something that is needed is away for now: 503.
    Unavailable,
    /// A defect or a broken part of ours: 500.
    Internal,
}

/// What is wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldFault {
    /// Where the fault is: a JSON Pointer (RFC 6901) into the body, or `/query/…`, `/path/…`, `/header/…`.
    #[schema(max_length = 1000, example = "/title")]
    pub pointer: String,
    /// A stable code for the rule that was broken.
    #[schema(max_length = 100, example = "min_length")]
    pub code: String,
    /// What to do about it, for users.
    #[schema(max_length = 1000, example = "must have at least 1 character")]
    pub message: String,
}

impl FieldFault {
    /// A fault at `pointer`.
    pub fn new(
        pointer: impl Into<String>,
        code: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            pointer: presentable(&pointer.into()),
            code: code.into(),
            message: presentable(&message.into()),
        }
    }
}

/// A pointer or a message may repeat what a stranger sent.
fn presentable(text: &str) -> String {
    let letters = text.chars().take(1000);
    letters
        .map(|letter| {
            if letter.is_control() {
                '\u{FFFD}'
            } else {
                letter
            }
        })
        .collect()
}

/// An error that can be shown to a caller.
///
/// Its `Display` text is the detail that the caller reads, so it names no table, host or secret.
pub trait Fault: std::error::Error {
    /// Which kind of failure it is.
    fn kind(&self) -> Kind;

    /// A stable word for it, `<module>.<what>`; part of the API.
    fn code(&self) -> &str;

    /// The single fields that are at fault, if the failure has any.
    fn fields(&self) -> Vec<FieldFault> {
        Vec::new()
    }

    /// How long the caller should wait before trying again.
    fn retry_after(&self) -> Option<Duration> {
        None
    }
}

/// A fault as plain data: what a contract trait returns, so that a remote fault equals a local one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{detail}")]
pub struct Failure {
    kind: Kind,
    code: String,
    detail: String,
    fields: Vec<FieldFault>,
    retry_after: Option<Duration>,
    /// What the log of this process shall say of it; it never leaves the process.
    #[serde(skip)]
    #[source]
    cause: Option<Cause>,
}

/// Why something failed, in the words of what is below it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
struct Cause(String);

impl Failure {
    /// Copies what a caller may know of `fault`, and keeps its cause for the log of this process.
    pub fn of(fault: &dyn Fault) -> Self {
        Self {
            kind: fault.kind(),
            code: fault.code().to_owned(),
            detail: fault.to_string(),
            fields: fault.fields(),
            retry_after: fault.retry_after(),
            cause: fault.source().map(|source| Cause(with_causes(source))),
        }
    }
}

/// The text of `error` with those of its causes; one that was said already is not said again.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}

impl Fault for Failure {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn code(&self) -> &str {
        &self.code
    }

    fn fields(&self) -> Vec<FieldFault> {
        self.fields.clone()
    }

    fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}
