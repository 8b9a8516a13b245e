//! A circuit breaker: an upstream that keeps failing is left alone for a while, then tried with a
//! few requests. Time and chance are arguments.

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::window::Window;

/// Fewer calls in the window say nothing.
const LEAST_CALLS: u32 = 20;
const FAILURE_PERCENT: u32 = 50;
const SLOW_PERCENT: u32 = 80;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// After so long without opening, the next pause is the first one again.
const GOOD_CONDUCT: Duration = Duration::from_secs(300);
const PROBES: usize = 3;
const SUCCESSES: u32 = 3;
/// How long a probe may leave the question open.
const VERDICT_WITHIN: Duration = Duration::from_secs(10);

const CALL: usize = 0;
const FAILURE: usize = 1;
const SLOW: usize = 2;

/// How a call ended, as far as the health of the upstream goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It answered, if only to refuse.
    Success,
    /// It could not be reached, cut the connection, took too long or answered 500, 502, 503 or 504.
    Failure,
    /// It turned the caller away (429, or 503 for a full lane), which says nothing about its health.
    Overload,
}

/// What the breaker does with the next call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Calls pass.
    Closed,
    /// A few calls pass, to find out.
    HalfOpen,
    /// Calls are refused.
    Open,
}

/// A breaker that its permits share.
#[derive(Debug, Clone)]
pub(super) struct Breaker(Arc<Mutex<Core>>);

/// The permission to make one call. Dropped without a verdict, the call counts as nothing.
#[derive(Debug)]
pub(super) struct Permit {
    breaker: Breaker,
    call: Call,
    counted: bool,
    settled: bool,
}

/// A call that was let pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Call {
    round: u64,
    /// The number of the probe that it is; 0 if it is none.
    probe: u64,
}

/// Whether everything that a call sends is here already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    Whole,
    /// Its client may leave it unfinished for as long as it likes, so that only one such call is a probe at a time.
    Arriving,
}

#[derive(Debug)]
struct Core {
    state: State,
    /// Grows with each change of state, so that a call of an earlier one has no say.
    round: u64,
    /// How often the pause was doubled when it opened last; nothing before the first time.
    doubled: Option<u32>,
    /// The calls since it closed.
    window: Window,
}

#[derive(Debug)]
enum State {
    Closed { since: Instant },
    Open { until: Instant },
    HalfOpen(Probing),
}

#[derive(Debug)]
struct Probing {
    running: Vec<Probe>,
    begun: u64,
    successes: u32,
}

#[derive(Debug)]
struct Probe {
    number: u64,
    since: Instant,
    body: Body,
}

impl Breaker {
    /// A closed breaker.
    pub(super) fn new(now: Instant) -> Self {
        Self(Arc::new(Mutex::new(Core {
            state: State::Closed { since: now },
            round: 0,
            doubled: None,
            window: Window::new(now),
        })))
    }

    /// Lets a call pass; `chance` lies between 0 and 1 and stretches the pause when it opens.
    ///
    /// # Errors
    /// How long to wait while the upstream is left alone.
    pub(super) fn admit(&self, body: Body, now: Instant, rng: f64) -> Result<Permit, Duration> {
        let call = self.core().admit(body, now, rng)?;
        Ok(Permit {
            breaker: self.clone(),
            call,
            counted: false,
            settled: false,
        })
    }

    /// What it does at the moment.
    pub(super) fn mode(&self, now: Instant) -> Mode {
        match self.core().state {
            State::Closed { .. } => Mode::Closed,
            State::Open { until } if now < until => Mode::Open,
            State::Open { .. } | State::HalfOpen(_) => Mode::HalfOpen,
        }
    }

    fn core(&self) -> MutexGuard<'_, Core> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// Counts the call as slow while it still runs: waiting for its end would open too late.
    pub(super) fn slow(&mut self, now: Instant, rng: f64) {
        if !self.counted {
            self.counted = true;
            self.breaker.core().slow(self.call.round, now, rng);
        }
    }

    /// Says how the call ended.
    pub(super) fn settle(mut self, verdict: Outcome, now: Instant, rng: f64) {
        self.settled = true;
        let mut core = self.breaker.core();
        core.settle(self.call, verdict, self.counted, now, rng);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if !self.settled {
            self.breaker.core().give_back(self.call);
        }
    }
}

impl Core {
    fn admit(&mut self, body: Body, now: Instant, rng: f64) -> Result<Call, Duration> {
        if let State::Open { until } = self.state {
            if now < until {
                return Err(until - now);
            }
            self.enter(State::HalfOpen(Probing {
                running: Vec::new(),
                begun: 0,
                successes: 0,
            }));
        }
        let mut call = Call {
            round: self.round,
            probe: 0,
        };
        if let State::HalfOpen(probing) = &mut self.state {
            let running = &probing.running;
            // One that waits for its client does not show that the service hangs.
            let hangs =
                |probe: &Probe| probe.body == Body::Whole && now >= probe.since + VERDICT_WITHIN;
            if running.iter().any(hangs) {
                return Err(self.open(now, rng));
            }
            let arriving = running.iter().any(|probe| probe.body == Body::Arriving);
            if running.len() >= PROBES || (body == Body::Arriving && arriving) {
                return Err(FIRST_PAUSE);
            }
            probing.begun += 1;
            call.probe = probing.begun;
            probing.running.push(Probe {
                number: probing.begun,
                since: now,
                body,
            });
        }
        Ok(call)
    }

    fn slow(&mut self, round: u64, now: Instant, rng: f64) {
        if round != self.round {
            return;
        }
        if let State::Closed { .. } = self.state {
            self.window.add(CALL, now);
            self.window.add(SLOW, now);
            self.open_if_bad(now, rng);
        }
    }

    fn settle(&mut self, call: Call, verdict: Outcome, counted: bool, now: Instant, rng: f64) {
        self.give_back(call);
        if call.round != self.round || verdict == Outcome::Overload {
            return;
        }
        match &mut self.state {
            State::Closed { .. } => {
                if !counted {
                    self.window.add(CALL, now);
                }
                if verdict == Outcome::Failure {
                    self.window.add(FAILURE, now);
                }
                self.open_if_bad(now, rng);
            }
            State::HalfOpen(_) if verdict == Outcome::Failure => {
                self.open(now, rng);
            }
            State::HalfOpen(probing) => {
                probing.successes += 1;
                if probing.successes >= SUCCESSES {
                    self.window = Window::new(now);
                    self.enter(State::Closed { since: now });
                }
            }
            State::Open { .. } => {}
        }
    }

    fn give_back(&mut self, call: Call) {
        if let State::HalfOpen(probing) = &mut self.state
            && call.round == self.round
        {
            probing.running.retain(|probe| probe.number != call.probe);
        }
    }

    fn open_if_bad(&mut self, now: Instant, rng: f64) {
        let [calls, failures, slow] = self.window.sums(now);
        let failing = failures * 100 >= calls * FAILURE_PERCENT;
        let crawling = slow * 100 >= calls * SLOW_PERCENT;
        if calls >= LEAST_CALLS && (failing || crawling) {
            self.open(now, rng);
        }
    }

    /// Gives how long it stays open.
    fn open(&mut self, now: Instant, rng: f64) -> Duration {
        let forgiven = matches!(self.state, State::Closed { since } if now >= since + GOOD_CONDUCT);
        let doubled = match self.doubled {
            Some(before) if !forgiven => before.saturating_add(1),
            _ => 0,
        };
        let factor = 2_u32.checked_pow(doubled).unwrap_or(u32::MAX);
        let pause = FIRST_PAUSE.saturating_mul(factor).min(LONGEST_PAUSE);
        let pause = pause.mul_f64(1.0 + rng.clamp(0.0, 1.0) / 2.0);
        self.doubled = Some(doubled);
        self.enter(State::Open { until: now + pause });
        pause
    }

    fn enter(&mut self, state: State) {
        self.state = state;
        self.round += 1;
    }
}
