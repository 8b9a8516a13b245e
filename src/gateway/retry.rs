//! Which requests may be sent once more, how many of them, and after how long.

use std::time::{Duration, Instant};

use actix_web::http::Method;

use super::window::Window;

const SHORTEST: Duration = Duration::from_millis(25);
const LONGEST: Duration = Duration::from_millis(250);
/// So many may be repeated however few there are.
const ALWAYS: u32 = 3;
/// One in so many requests may be repeated beyond that.
const ONE_IN: u32 = 5;

const REQUEST: usize = 0;
const REPEAT: usize = 1;

/// How many requests of the last ten seconds were repeated: without a bound, repeating would make
/// an overload worse.
#[derive(Debug)]
pub(super) struct RetryBudget(Window);

impl RetryBudget {
    /// A budget of which nothing was spent.
    pub(super) fn new(now: Instant) -> Self {
        Self(Window::new(now))
    }

    /// Counts a request that was not sent before.
    pub(super) fn count(&mut self, now: Instant) {
        self.0.add(REQUEST, now);
    }

    /// Takes one repetition; false when there is none left.
    pub(super) fn spend(&mut self, now: Instant) -> bool {
        let [requests, repeats, _] = self.0.sums(now);
        let left = repeats < requests / ONE_IN + ALWAYS;
        if left {
            self.0.add(REPEAT, now);
        }
        left
    }
}

/// How far a failed request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    /// There was no connection, so the upstream has seen nothing of it.
    Nothing,
    /// The upstream may have executed it.
    Something,
}

/// Whether sending the request again can do no harm. A body that has left is not there any more.
pub(super) fn repeatable(method: &Method, has_key: bool, has_body: bool, sent: Sent) -> bool {
    match sent {
        Sent::Nothing => true,
        Sent::Something => {
            let same_effect =
                method.is_safe() || *method == Method::PUT || *method == Method::DELETE;
            !has_body && (same_effect || has_key)
        }
    }
}

/// How long to wait before the repetition: full jitter, so that clients do not march in step.
/// `chance` lies between 0 and 1.
pub(super) fn pause(rng: f64) -> Duration {
    SHORTEST + (LONGEST - SHORTEST).mul_f64(rng.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use actix_web::http::Method;

    use super::{RetryBudget, Sent, pause, repeatable};

    #[test]
    fn three_and_a_fifth_of_the_requests_may_be_repeated() {
        let start = Instant::now();
        let mut budget = RetryBudget::new(start);
        let spent = |budget: &mut RetryBudget, now| (0..100).filter(|_| budget.spend(now)).count();
        assert_eq!(spent(&mut budget, start), 3);
        for _ in 0..50 {
            budget.count(start);
        }
        assert_eq!(spent(&mut budget, start), 10);
        let later = start + Duration::from_secs(10);
        assert_eq!(spent(&mut budget, later), 3, "old requests give nothing");
    }

    #[test]
    fn only_what_does_the_same_twice_is_repeated_once_it_was_sent() {
        let something = |method: &Method, has_key, has_body| {
            repeatable(method, has_key, has_body, Sent::Something)
        };
        for method in [
            Method::GET,
            Method::HEAD,
            Method::OPTIONS,
            Method::PUT,
            Method::DELETE,
        ] {
            assert!(something(&method, false, false), "{method}");
            assert!(!something(&method, false, true), "{method} with a body");
        }
        for method in [Method::POST, Method::PATCH] {
            assert!(!something(&method, false, false), "{method}");
            assert!(something(&method, true, false), "{method} with a key");
            assert!(!something(&method, true, true), "{method} with a body");
            assert!(repeatable(&method, false, true, Sent::Nothing), "{method}");
        }
    }

    #[test]
    fn the_pause_lies_within_its_bounds() {
        assert_eq!(pause(0.0), Duration::from_millis(25));
        assert_eq!(pause(1.0), Duration::from_millis(250));
        assert_eq!(pause(7.0), Duration::from_millis(250));
    }
}
