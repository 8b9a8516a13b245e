//! The part of a service's answer that must have arrived before the client gets anything: a fault
//! that shows later can only be reported by cutting the connection.

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use hyper::{Response, StatusCode};

/// Almost every answer is smaller, and reaches the client as a whole or not at all.
pub(super) const BEGINNING: usize = 64 * 1024;

/// Statuses that answer no request of ours: for a reset of a form, by a proxy, for an upgrade.
const UNASKED: [u16; 3] = [205, 407, 426];

/// A sound head, and the body or its beginning.
pub(super) struct Received {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) content: Content,
}

/// What is here of a body.
pub(super) enum Content {
    Whole(Bytes),
    Begun {
        first: Bytes,
        length: Option<u64>,
        rest: Incoming,
    },
}

/// Why an answer cannot be passed on.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unsound {
    #[error("more than {0} informational answers came before the answer")]
    Informational(usize),
    #[error("its status is {0}")]
    Status(StatusCode),
    #[error("it states both Content-Length and Transfer-Encoding")]
    TwoLengths,
    #[error("its transfer encoding is another one than chunked")]
    TransferEncoding,
    #[error("it states no length and has no chunks, so a part of it would look like all of it")]
    NoEnd,
    #[error("it is encoded, which was not requested")]
    Encoded,
    #[error("it names no request, another than the one that was sent, or several")]
    OtherRequest,
    #[error("its body broke off or cannot be read")]
    Body(#[source] hyper::Error),
}

impl Received {
    /// Checks the head, and waits for the beginning of the body.
    ///
    /// # Errors
    /// Why the answer is none that a client may get.
    pub(super) async fn of(response: Response<Incoming>) -> Result<Self, Unsound> {
        let (head, mut body) = response.into_parts();
        check(head.status, &head.headers)?;
        let framed =
            [CONTENT_LENGTH, TRANSFER_ENCODING].map(|name| head.headers.contains_key(name));
        if framed == [false, false] && !body.is_end_stream() {
            return Err(Unsound::NoEnd);
        }
        let length = body.size_hint().exact();
        let mut first = Vec::new();
        let mut wanted = true;
        while wanted && !body.is_end_stream() {
            let Some(frame) = body.frame().await else {
                break;
            };
            if let Ok(piece) = frame.map_err(Unsound::Body)?.into_data() {
                first.extend_from_slice(&piece);
            }
            wanted = first.len() < BEGINNING;
        }
        let first = Bytes::from(first);
        let content = match body.is_end_stream() || wanted {
            true => Content::Whole(first),
            false => Content::Begun {
                first,
                length,
                rest: body,
            },
        };
        Ok(Self {
            status: head.status,
            headers: head.headers,
            content,
        })
    }
}

/// What the connection takes and a client must not get.
fn check(status: StatusCode, headers: &HeaderMap) -> Result<(), Unsound> {
    if !(200..=599).contains(&status.as_u16()) || UNASKED.contains(&status.as_u16()) {
        return Err(Unsound::Status(status));
    }
    let mut transfer = headers.get_all(TRANSFER_ENCODING).iter();
    if let Some(encoding) = transfer.next() {
        if headers.contains_key(CONTENT_LENGTH) {
            return Err(Unsound::TwoLengths);
        }
        let chunked = encoding.as_bytes().eq_ignore_ascii_case(b"chunked");
        if !chunked || transfer.next().is_some() {
            return Err(Unsound::TransferEncoding);
        }
    }
    let mut encoded = headers.get_all(CONTENT_ENCODING).iter();
    match encoded.all(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        true => Ok(()),
        false => Err(Unsound::Encoded),
    }
}
