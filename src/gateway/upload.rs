//! The body of a request on its way to a service: its beginning is waited for before the service has
//! any part in it; then in pieces, bounded, and untouched until the connection requests it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use actix_web::error::PayloadError;
use actix_web::web;
use futures::StreamExt;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::breaker;
use super::refusal::Refusal;

/// How much of a body is waited for before it takes a place of its service: nearly all bodies as a whole, so
/// that clients who send slowly keep nobody from it.
const FIRST: usize = 16 * 1024;
/// How long that may take, as at a service for a whole body.
const FIRST_WITHIN: Duration = Duration::from_secs(10);
/// So many chunks that have arrived become one: each piece costs a turn of two tasks.
const AT_ONCE: usize = 256;

/// How far a body has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Progress {
    /// The service is to take what is there.
    WithService,
    /// The client is to send more.
    WithClient,
    /// All of it has left, or there was none.
    Whole,
    /// It is larger than it may be.
    TooLarge,
    /// The client did not send it to its end.
    Broken,
}

/// Why a body ends before its end.
#[derive(Debug, thiserror::Error)]
#[error("the body of the request was not sent to its end")]
pub(super) struct CutOff;

/// A body that has begun to arrive.
pub(super) struct Begun {
    first: Bytes,
    /// None when it has arrived as a whole.
    rest: Option<web::Payload>,
}

impl Begun {
    /// Waits for a body of `limit` bytes at most, or for its beginning.
    ///
    /// # Errors
    /// When it is too slow, too large, or breaks off.
    pub(super) async fn of(
        payload: web::Payload,
        limit: usize,
        deadline: Instant,
    ) -> Result<Self, Refusal> {
        let left = deadline.saturating_duration_since(Instant::now());
        let arrived = tokio::time::timeout(left.min(FIRST_WITHIN), Self::first(payload, limit));
        arrived.await.unwrap_or(Err(Refusal::SlowBody))
    }

    async fn first(mut payload: web::Payload, limit: usize) -> Result<Self, Refusal> {
        // Copied, because many small pieces would hold much more than their bytes.
        let mut first = Vec::new();
        while first.len() < FIRST {
            let Some(piece) = payload.next().await else {
                let first = first.into();
                return Ok(Self { first, rest: None });
            };
            first.extend_from_slice(&piece.map_err(|_| Refusal::BodyBroken)?);
            if first.len() > limit {
                return Err(Refusal::TooLarge);
            }
        }
        Ok(Self {
            first: first.into(),
            rest: Some(payload),
        })
    }

    /// Whether all of it is here.
    pub(super) fn is_whole(&self) -> bool {
        self.rest.is_none()
    }
}

/// The body as the connection to the service takes it.
pub(super) struct Upload {
    wanted: Option<oneshot::Sender<()>>,
    pieces: Option<mpsc::Receiver<Result<Bytes, CutOff>>>,
    length: Option<u64>,
}

/// What watches over a body that is sent.
pub(super) struct Sending {
    body: breaker::Body,
    progress: Arc<AtomicU8>,
    pump: Option<JoinHandle<Option<Begun>>>,
}

impl Upload {
    /// No body.
    pub(super) fn none() -> (Self, Sending) {
        let upload = Self {
            wanted: None,
            pieces: None,
            length: Some(0),
        };
        let sending = Sending {
            body: breaker::Body::Whole,
            progress: Arc::new(AtomicU8::new(Progress::Whole as u8)),
            pump: None,
        };
        (upload, sending)
    }

    /// Sends a body, as long as it is not more than `limit` bytes.
    pub(super) fn of(body: Begun, length: Option<u64>, limit: usize) -> (Self, Sending) {
        let (wanted, want) = oneshot::channel();
        let (feed, pieces) = mpsc::channel(1);
        let progress = Arc::new(AtomicU8::new(Progress::WithService as u8));
        let whole = body.is_whole();
        let pump = pump(body, limit, want, feed, Arc::clone(&progress));
        let upload = Self {
            wanted: Some(wanted),
            pieces: Some(pieces),
            length,
        };
        let sending = Sending {
            body: match whole {
                true => breaker::Body::Whole,
                false => breaker::Body::Arriving,
            },
            progress,
            pump: Some(actix_web::rt::spawn(pump)),
        };
        (upload, sending)
    }
}

impl Sending {
    /// Whether all of it was here before any of it was sent.
    pub(super) fn body(&self) -> breaker::Body {
        self.body
    }

    /// How far it has come.
    pub(super) fn progress(&self) -> Progress {
        let progress = self.progress.load(Ordering::Acquire);
        let known = [
            Progress::WithClient,
            Progress::Whole,
            Progress::TooLarge,
            Progress::Broken,
        ];
        let found = known.into_iter().find(|one| *one as u8 == progress);
        found.unwrap_or(Progress::WithService)
    }

    /// The body, when no connection has requested any of it.
    pub(super) async fn untouched(self) -> Option<Begun> {
        self.pump?.await.ok().flatten()
    }
}

/// Gives the body back when nobody wants it.
async fn pump(
    body: Begun,
    limit: usize,
    want: oneshot::Receiver<()>,
    feed: mpsc::Sender<Result<Bytes, CutOff>>,
    progress: Arc<AtomicU8>,
) -> Option<Begun> {
    if want.await.is_err() {
        return Some(body);
    }
    let reach = |to: Progress| progress.store(to as u8, Ordering::Release);
    let mut left = limit;
    let first = Some(body.first).filter(|first| !first.is_empty());
    let first = futures::stream::iter(first.map(Ok));
    let rest = futures::stream::iter(body.rest).flatten();
    let pieces = first.chain(rest).ready_chunks(AT_ONCE).map(joined);
    let mut pieces = std::pin::pin!(pieces);
    reach(Progress::WithClient);
    while let Some(piece) = pieces.next().await {
        let end = match piece {
            Ok(piece) if piece.len() <= left => {
                left -= piece.len();
                reach(Progress::WithService);
                // The service may have answered before it read all of this.
                if feed.send(Ok(piece)).await.is_err() {
                    return None;
                }
                reach(Progress::WithClient);
                continue;
            }
            Ok(_) => Progress::TooLarge,
            Err(_) => Progress::Broken,
        };
        reach(end);
        let _ = feed.send(Err(CutOff)).await;
        return None;
    }
    reach(Progress::Whole);
    None
}

/// What has arrived at once as one piece, up to where it breaks off.
fn joined(pieces: Vec<Result<Bytes, PayloadError>>) -> Result<Bytes, PayloadError> {
    let mut pieces: Vec<Bytes> = pieces.into_iter().collect::<Result<_, _>>()?;
    Ok(match &mut pieces[..] {
        [one] => std::mem::take(one),
        many => many.concat().into(),
    })
}

impl Body for Upload {
    type Data = Bytes;
    type Error = CutOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CutOff>>> {
        if let Some(wanted) = self.wanted.take() {
            let _ = wanted.send(());
        }
        let Some(pieces) = &mut self.pieces else {
            return Poll::Ready(None);
        };
        let piece = pieces.poll_recv(context);
        piece.map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.length
            .map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
