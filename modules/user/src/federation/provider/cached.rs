//! What a provider says of itself, requested by one sign-in at a time and kept.

use std::sync::Arc;
use std::time::Instant;

use chrono::{DateTime, Duration, Utc};
use tokio::sync::Mutex;

use super::super::refusal::Refusal;
use crate::domain::lately;

/// An answer of a provider, and when it was requested.
pub(super) struct Cached<T>(Mutex<Known<T>>);

struct Known<T> {
    answer: Option<(DateTime<Utc>, Arc<T>)>,
    failed_at: Option<Instant>,
}

impl<T> Cached<T> {
    pub(super) fn empty() -> Self {
        Self(Mutex::new(Known {
            answer: None,
            failed_at: None,
        }))
    }

    /// The answer, requested by `ask` when it is older than `age`. Who waited while it could not be had
    /// does not ask again: a provider that hangs would otherwise delay one sign-in after the other.
    pub(super) async fn get(
        &self,
        now: DateTime<Utc>,
        age: Duration,
        ask: impl AsyncFnOnce() -> Result<T, Refusal>,
    ) -> Result<Arc<T>, Refusal> {
        let began = Instant::now();
        let mut known = self.0.lock().await;
        if let Some((requested, answer)) = &known.answer
            && lately::is_within(*requested, age, now)
        {
            return Ok(Arc::clone(answer));
        }
        if known.failed_at.is_some_and(|failed_at| failed_at > began) {
            let remedy = "it did not respond to another sign-in a moment ago; run gopro doctor";
            return Err(Refusal::away("unreachable", remedy));
        }
        let asked = ask().await;
        known.failed_at = asked.is_err().then(Instant::now);
        let answer = Arc::new(asked?);
        known.answer = Some((now, Arc::clone(&answer)));
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn sign_ins_that_wait_for_a_provider_fail_with_the_first() {
        let cached = Cached::<u8>::empty();
        let (asked, now) = (AtomicUsize::new(0), DateTime::UNIX_EPOCH);
        let fails = async || {
            asked.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            Err(Refusal::away("unreachable", "wait"))
        };
        let one = || cached.get(now, Duration::hours(1), fails);
        let (first, second, third) = tokio::join!(one(), one(), one());
        assert!(first.is_err() && second.is_err() && third.is_err());
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        let later = cached.get(now, Duration::hours(1), async || Ok(7)).await;
        assert_eq!(later.ok().as_deref(), Some(&7), "it is asked again");
        let kept = cached.get(now, Duration::hours(1), fails).await;
        assert_eq!(kept.ok().as_deref(), Some(&7));
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        let earlier = now - Duration::days(30);
        let anew = cached
            .get(earlier, Duration::hours(1), async || Ok(8))
            .await;
        assert_eq!(anew.ok().as_deref(), Some(&8), "the clock was ahead");
    }
}
