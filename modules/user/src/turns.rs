//! Requests that are one and the same come one after another, so that the later ones find what the
//! first has done before they request expensive work.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use kernel::Operation;
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

use crate::error::Error;

/// So many may wait for a turn that strangers request; those after them are rejected.
const MOST_WAITING: usize = 32;

/// Who is at work on what. Another process does not see it and does the work once more, which the
/// database then refuses or replays.
#[derive(Clone, Default)]
pub(crate) struct Turns(Arc<Mutex<HashMap<String, Weak<Turn<()>>>>>);

impl Turns {
    /// Waits until nobody else is at work on the same; the turn ends when it is dropped.
    pub(crate) async fn take(&self, work: String) -> OwnedMutexGuard<()> {
        self.join(work).lock_owned().await
    }

    /// As [`Turns::take`], unless many wait already.
    pub(crate) async fn take_if_short(&self, work: String) -> Result<OwnedMutexGuard<()>, Error> {
        let turn = self.join(work);
        // Who is at work and who waits each hold it once, and so does this request.
        if Arc::strong_count(&turn) > MOST_WAITING + 1 {
            return Err(Error::Crowded);
        }
        Ok(turn.lock_owned().await)
    }

    fn join(&self, work: String) -> Arc<Turn<()>> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turn| turn.strong_count() > 0);
        let turn = turns.get(&work).and_then(Weak::upgrade).unwrap_or_default();
        turns.insert(work, Arc::downgrade(&turn));
        turn
    }

    /// As [`Turns::take`] for the idempotency key of a request, if it has one.
    pub(crate) async fn take_key(&self, operation: &Operation) -> Option<OwnedMutexGuard<()>> {
        let key = operation.idempotency.as_ref()?;
        Some(self.take(format!("key {} {}", key.scope, key.key)).await)
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_WAITING, Turns};
    use crate::error::Error;

    #[tokio::test]
    async fn the_same_work_waits_and_other_work_does_not() {
        let turns = Turns::default();
        let first = turns.take("a".to_owned()).await;
        let _other = turns.take("b".to_owned()).await;
        let mut second = Box::pin(turns.take("a".to_owned()));
        assert!(at_once(&mut second).await.is_none());
        drop(first);
        second.await;
        let known = turns.0.lock().expect("no panic").len();
        assert_eq!(known, 2);
    }

    #[tokio::test]
    async fn a_caller_is_rejected_while_many_wait_for_the_same_turn() {
        let turns = Turns::default();
        let take = |work: &str| Box::pin(turns.take_if_short(work.to_owned()));
        let first = take("a").await.expect("free");
        let mut waiting = Vec::new();
        for _ in 0..=MOST_WAITING {
            let mut next = take("a");
            match at_once(&mut next).await {
                None => waiting.push(next),
                Some(turn) => assert!(matches!(turn, Err(Error::Crowded))),
            }
        }
        assert_eq!(waiting.len(), MOST_WAITING);
        let _other = take("b").await.expect("not the same");
        drop(first);
        let _next = waiting.remove(0).await.expect("in turn");
        assert!(
            at_once(&mut take("a")).await.is_none(),
            "there is room again"
        );
    }

    /// What a future has ready at once.
    async fn at_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
        tokio::select! {
            biased;
            output = future => Some(output),
            () = std::future::ready(()) => None,
        }
    }
}
