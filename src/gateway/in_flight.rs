//! How many requests of each caller are in progress, so that one who sends them slowly, or many of
//! them at once, takes up only a part of the room that all share.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;

/// A smaller answer is handed over as a whole, and its place given back with its head.
pub(super) const LARGE: u64 = 64 * 1024;
/// So much of a large answer is handed over at once; the connection requests more when that was sent.
const PIECE: usize = 32 * 1024;

/// The requests in progress by caller.
#[derive(Debug)]
pub(super) struct InFlight<K>(Arc<Mutex<HashMap<K, u32>>>);

/// One request in progress, until it is dropped.
#[derive(Debug)]
pub(super) struct Place<K: Eq + Hash + Copy> {
    of: InFlight<K>,
    caller: K,
}

impl<K: Eq + Hash + Copy> InFlight<K> {
    pub(super) fn new() -> Self {
        Self(Arc::default())
    }

    /// Counts a request of the caller; none when they have `most` already.
    pub(super) fn enter(&self, caller: K, most: u32) -> Option<Place<K>> {
        let mut counts = self.counts();
        let count = counts.entry(caller).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Place {
            of: Self(Arc::clone(&self.0)),
            caller,
        })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<K, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash + Copy> Drop for Place<K> {
    fn drop(&mut self) {
        let mut counts = self.of.counts();
        if let Entry::Occupied(mut count) = counts.entry(self.caller) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

/// A large answer, which keeps the place of its request until the last of it leaves.
pub(super) struct Held<K: Eq + Hash + Copy, B> {
    body: Pin<Box<B>>,
    piece: Bytes,
    _place: Place<K>,
}

impl<K: Eq + Hash + Copy, B> Held<K, B> {
    pub(super) fn new(body: B, place: Place<K>) -> Self {
        Self {
            body: Box::pin(body),
            piece: Bytes::new(),
            _place: place,
        }
    }
}

impl<K: Eq + Hash + Copy + Unpin, B: MessageBody> MessageBody for Held<K, B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, B::Error>>> {
        if self.piece.is_empty() {
            match ready!(self.body.as_mut().poll_next(context)) {
                Some(Ok(bytes)) => self.piece = bytes,
                end => return Poll::Ready(end),
            }
        }
        let length = self.piece.len().min(PIECE);
        Poll::Ready(Some(Ok(self.piece.split_to(length))))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::{BodySize, MessageBody, to_bytes};
    use actix_web::web::Bytes;

    use super::{Held, InFlight, PIECE};

    #[tokio::test]
    async fn a_large_answer_keeps_its_place_until_it_has_left() {
        let in_flight = InFlight::new();
        let place = in_flight.enter("ada", 1).expect("a place");
        let whole = Bytes::from(vec![7; 3 * PIECE + 1]);
        let mut held = Held::new(whole.clone(), place);
        assert_eq!(held.size(), BodySize::Sized(3 * PIECE as u64 + 1));
        let mut pieces = Vec::new();
        let mut next = std::pin::Pin::new(&mut held);
        while let Some(piece) =
            std::future::poll_fn(|context| next.as_mut().poll_next(context)).await
        {
            assert!(in_flight.enter("ada", 1).is_none(), "it is under way");
            pieces.push(piece.expect("bytes"));
        }
        assert_eq!(pieces.len(), 4);
        assert_eq!(pieces.concat(), whole);
        drop(held);
        let place = in_flight.enter("ada", 1).expect("the place is free");
        let again = to_bytes(Held::new(whole.clone(), place)).await;
        assert_eq!(again.expect("bytes"), whole);
    }

    #[test]
    fn each_caller_has_places_of_their_own_and_gets_them_back() {
        let in_flight = InFlight::new();
        let places: Vec<_> = (0..2).filter_map(|_| in_flight.enter("ada", 2)).collect();
        assert!(in_flight.enter("ada", 2).is_none());
        assert!(in_flight.enter("ben", 2).is_some());
        drop(places);
        assert!(in_flight.enter("ada", 2).is_some());
        assert!(in_flight.counts().is_empty(), "nobody is remembered");
    }
}
