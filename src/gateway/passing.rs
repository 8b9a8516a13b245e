//! A long body on its way from a service to a client: piece by piece, and never for ever.

use std::time::{Duration, Instant};

use actix_web::web::Bytes;
use futures::Stream;
use http_body_util::BodyExt;
use hyper::body::Body;
use tokio::sync::mpsc;

use super::upstream::Room;

/// How long a client may take nothing of what is there for it.
const STALL: Duration = Duration::from_secs(60);

/// A client that takes so many bytes in a second or more is not slow, and what it takes counts as
/// the time of the service, so that an answer without end ends for everybody.
const BRISK: u32 = 4 * 1024 * 1024;
/// What the smallest piece counts as at most.
const MOMENT: Duration = Duration::from_millis(1);

/// The body ended before its end; the client notices because the connection is cut.
#[derive(Debug, thiserror::Error)]
#[error("the answer of a service broke off")]
pub(super) struct BrokenOff;

/// How long a body may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// How long the service may keep the client waiting, altogether.
    service: Duration,
    /// How long the client may take nothing.
    client: Duration,
}

impl Patience {
    /// The service has until `deadline`, not counted while the client is the slow one.
    pub(super) fn until(deadline: Instant) -> Self {
        let left = deadline.saturating_duration_since(Instant::now());
        Self {
            service: left,
            client: STALL,
        }
    }

    /// Counts the time that a client needed for so many bytes, or that a brisk one would have.
    fn taken(&mut self, bytes: usize, needed: Duration) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let brisk = Duration::from_secs(1) * bytes / BRISK;
        let counted = needed.min(brisk.max(MOMENT));
        self.service = self.service.saturating_sub(counted);
    }
}

/// Passes `rest` on after `first`. The room at the service is given back at the end, or at
/// `deadline`: a client that reads slowly does not keep it from others.
pub(super) fn pass<B>(
    first: Bytes,
    rest: B,
    patience: Patience,
    (room, deadline): (Room, Instant),
) -> impl Stream<Item = Result<Bytes, BrokenOff>> + 'static
where
    B: Body<Data = Bytes> + Unpin + 'static,
{
    let (feed, mut pieces) = mpsc::channel(1);
    actix_web::rt::spawn(async move {
        let give_back = async {
            tokio::time::sleep_until(deadline.into()).await;
            drop(room);
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = carry(first, rest, patience, feed) => {}
            () = give_back => {}
        }
    });
    let mut ended = false;
    futures::stream::poll_fn(move |context| {
        if ended {
            return std::task::Poll::Ready(None);
        }
        pieces.poll_recv(context).map(|piece| {
            // Only who has said that this was all has passed all of it on.
            let piece = piece.unwrap_or(Err(BrokenOff)).transpose();
            ended = !matches!(piece, Some(Ok(_)));
            piece
        })
    })
}

/// Hands pieces over, and nothing as the sign of the end.
async fn carry<B>(
    first: Bytes,
    mut rest: B,
    mut patience: Patience,
    feed: mpsc::Sender<Result<Option<Bytes>, BrokenOff>>,
) where
    B: Body<Data = Bytes> + Unpin,
{
    let mut bytes = first.len();
    if !first.is_empty() && feed.send(Ok(Some(first))).await.is_err() {
        return;
    }
    loop {
        let offered = Instant::now();
        let taken = tokio::time::timeout(patience.client, feed.reserve()).await;
        let Ok(Ok(next)) = taken else {
            return;
        };
        patience.taken(bytes, offered.elapsed());
        bytes = 0;
        // A piece that is there at once would be taken after any time.
        if patience.service.is_zero() && !rest.is_end_stream() {
            tracing::warn!("the response of a service did not end in time");
            return;
        }
        let begun = Instant::now();
        let piece = tokio::time::timeout(patience.service, rest.frame()).await;
        patience.service = patience.service.saturating_sub(begun.elapsed());
        match piece {
            Ok(Some(Ok(frame))) => {
                if let Ok(piece) = frame.into_data() {
                    bytes = piece.len();
                    next.send(Ok(Some(piece)));
                }
            }
            Ok(None) => {
                next.send(Ok(None));
                return;
            }
            Ok(Some(Err(_))) | Err(_) => {
                tracing::warn!("the response of a service broke off or took too long");
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::{Duration, Instant};

    use actix_web::web::Bytes;
    use futures::StreamExt;
    use futures::stream::{self, Stream};
    use http_body_util::StreamBody;
    use hyper::body::Frame;
    use tokio::sync::Semaphore;

    use super::{Patience, pass};

    const SHORT: Duration = Duration::from_millis(100);
    const LONG: Duration = Duration::from_secs(60);

    /// A piece after each of these waits.
    fn pieces(
        waits: impl Iterator<Item = Duration> + 'static,
    ) -> StreamBody<impl Stream<Item = Result<Frame<Bytes>, std::io::Error>> + Unpin> {
        StreamBody::new(Box::pin(stream::iter(waits).then(async |wait| {
            tokio::time::sleep(wait).await;
            Ok(Frame::data(Bytes::from_static(b"piece")))
        })))
    }

    async fn received(
        service: Duration,
        waits: impl Iterator<Item = Duration> + 'static,
    ) -> (usize, bool) {
        let patience = Patience {
            service,
            client: LONG,
        };
        let room = Arc::new(Semaphore::new(1)).acquire_owned().await;
        let room = (room.expect("room").into(), Instant::now() + LONG);
        let passed = pass(Bytes::from_static(b"first"), pieces(waits), patience, room);
        let passed: Vec<_> = passed.collect().await;
        let whole = passed.iter().all(Result::is_ok);
        (passed.len(), whole)
    }

    #[actix_web::test]
    async fn a_body_that_drips_is_cut_and_one_that_hurries_is_whole() {
        let quick = [Duration::from_millis(1); 5].into_iter();
        assert_eq!(received(LONG, quick).await, (6, true));
        let begun = Instant::now();
        let drip = std::iter::repeat(Duration::from_millis(20));
        let (pieces, whole) = received(SHORT, drip).await;
        assert!(!whole, "{pieces} pieces");
        assert!(begun.elapsed() < LONG);
    }

    #[actix_web::test]
    async fn an_answer_without_end_is_cut_however_fast_it_comes_and_however_small_its_pieces_are() {
        for size in [1, 16 * 1024] {
            let piece = Bytes::from(vec![b'a'; size]);
            let frames = stream::repeat_with(move || Ok::<_, std::io::Error>(piece.clone()));
            let body = StreamBody::new(frames.map(|piece| piece.map(Frame::data)));
            let patience = Patience {
                service: SHORT,
                client: LONG,
            };
            let room = Arc::new(Semaphore::new(1)).acquire_owned().await;
            let room = (room.expect("room").into(), Instant::now() + LONG);
            let begun = Instant::now();
            let mut passed = Box::pin(pass(Bytes::new(), body, patience, room));
            let mut whole = true;
            while let Some(piece) = passed.next().await {
                whole = piece.is_ok();
                assert!(begun.elapsed() < LONG / 6, "it goes on");
            }
            assert!(!whole);
        }
    }

    #[actix_web::test]
    async fn a_client_that_takes_its_time_gets_all_of_an_answer_after_the_deadline() {
        let patience = Patience {
            service: 5 * SHORT,
            client: LONG,
        };
        let room = Arc::new(Semaphore::new(1)).acquire_owned().await;
        let room = (room.expect("room").into(), Instant::now() + LONG);
        let begun = Instant::now();
        let quick = [Duration::ZERO; 10].into_iter();
        let mut passed = Box::pin(pass(Bytes::new(), pieces(quick), patience, room));
        let mut count = 0;
        while let Some(piece) = passed.next().await {
            piece.expect("a piece");
            count += 1;
            tokio::time::sleep(SHORT).await;
        }
        assert_eq!(count, 10);
        assert!(begun.elapsed() > patience.service);
    }

    #[actix_web::test]
    async fn a_client_that_takes_nothing_gives_its_room_back_and_is_left() {
        let room = Arc::new(Semaphore::new(1));
        let held = Arc::clone(&room).acquire_owned().await.expect("room");
        let patience = Patience {
            service: LONG,
            client: Duration::from_millis(300),
        };
        let waits = std::iter::repeat(Duration::ZERO);
        let held = (held.into(), Instant::now() + SHORT);
        let begun = Instant::now();
        let mut passed = Box::pin(pass(Bytes::new(), pieces(waits), patience, held));
        let _room = room.acquire().await.expect("room");
        assert!(begun.elapsed() < patience.client, "{:?}", begun.elapsed());
        let mut last = passed.next().await;
        tokio::time::sleep(2 * patience.client).await;
        while let Some(Ok(_)) = last {
            last = passed.next().await;
            tokio::task::yield_now().await;
            if begun.elapsed() > LONG {
                break;
            }
        }
        assert!(matches!(last, Some(Err(_))), "the end is not told as whole");
    }
}
