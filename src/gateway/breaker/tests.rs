//! Each line of the breaker's rule, on a clock in the test's hand.

use std::time::{Duration, Instant};

use super::{Body, Breaker, Mode, Outcome, Permit};

const NO_CHANCE: f64 = 0.0;

/// A breaker and its clock.
struct Bench {
    breaker: Breaker,
    now: Instant,
}

impl Bench {
    fn new() -> Self {
        let now = Instant::now();
        let breaker = Breaker::new(now);
        Self { breaker, now }
    }

    fn wait(&mut self, millis: u64) {
        self.now += Duration::from_millis(millis);
    }

    fn admit(&self) -> Permit {
        let admitted = self.breaker.admit(Body::Whole, self.now, NO_CHANCE);
        admitted.expect("a call may pass")
    }

    fn refused(&self) -> Duration {
        let admitted = self.breaker.admit(Body::Whole, self.now, NO_CHANCE);
        admitted.expect_err("no call may pass")
    }

    fn settle(&self, permit: Permit, verdict: Outcome) {
        permit.settle(verdict, self.now, NO_CHANCE);
    }

    fn calls(&self, count: usize, verdict: Outcome) {
        for _ in 0..count {
            self.settle(self.admit(), verdict);
        }
    }

    fn mode(&self) -> Mode {
        self.breaker.mode(self.now)
    }

    /// Opens it from a closed state.
    fn break_down(&self) {
        self.calls(20, Outcome::Failure);
        assert_eq!(self.mode(), Mode::Open);
    }

    /// Waits out the pause and closes it by three successes.
    fn mend(&mut self) {
        self.now += self.refused();
        self.calls(3, Outcome::Success);
        assert_eq!(self.mode(), Mode::Closed);
    }
}

#[test]
fn it_opens_at_half_failures_among_twenty_calls_and_not_before() {
    let bench = Bench::new();
    bench.calls(19, Outcome::Failure);
    assert_eq!(bench.mode(), Mode::Closed);
    bench.calls(1, Outcome::Failure);
    assert_eq!(bench.mode(), Mode::Open);

    let bench = Bench::new();
    bench.calls(11, Outcome::Success);
    bench.calls(10, Outcome::Failure);
    assert_eq!(bench.mode(), Mode::Closed, "10 of 21 are less than half");
    bench.calls(1, Outcome::Failure);
    assert_eq!(bench.mode(), Mode::Open, "11 of 22 are half");
}

#[test]
fn failures_older_than_ten_seconds_are_forgotten() {
    let mut bench = Bench::new();
    bench.calls(19, Outcome::Failure);
    bench.wait(10_000);
    bench.calls(19, Outcome::Failure);
    assert_eq!(bench.mode(), Mode::Closed);
}

#[test]
fn it_opens_when_four_of_five_calls_are_slow_while_they_still_run() {
    let bench = Bench::new();
    bench.calls(4, Outcome::Success);
    let mut running: Vec<Permit> = (0..16).map(|_| bench.admit()).collect();
    for permit in &mut running {
        assert_eq!(bench.mode(), Mode::Closed);
        permit.slow(bench.now, NO_CHANCE);
    }
    assert_eq!(bench.mode(), Mode::Open);
}

#[test]
fn a_slow_call_counts_once() {
    let bench = Bench::new();
    for _ in 0..10 {
        let mut permit = bench.admit();
        permit.slow(bench.now, NO_CHANCE);
        permit.slow(bench.now, NO_CHANCE);
        bench.settle(permit, Outcome::Success);
    }
    assert_eq!(bench.mode(), Mode::Closed, "ten calls say nothing");
    bench.calls(10, Outcome::Success);
    assert_eq!(bench.mode(), Mode::Closed, "half of them were slow");
}

#[test]
fn overload_and_calls_that_were_given_up_count_as_nothing() {
    let bench = Bench::new();
    bench.calls(40, Outcome::Overload);
    for _ in 0..40 {
        drop(bench.admit());
    }
    bench.calls(19, Outcome::Failure);
    assert_eq!(bench.mode(), Mode::Closed, "19 calls say nothing");
    bench.calls(1, Outcome::Failure);
    assert_eq!(bench.mode(), Mode::Open);
}

#[test]
fn it_lets_three_calls_at_a_time_try_and_a_dropped_one_makes_room() {
    let mut bench = Bench::new();
    bench.break_down();
    assert_eq!(bench.refused(), Duration::from_secs(1));
    bench.wait(999);
    assert_eq!(bench.mode(), Mode::Open);
    bench.refused();
    bench.wait(1);
    let first = bench.admit();
    let second = bench.admit();
    let third = bench.admit();
    bench.refused();
    drop(second);
    let fourth = bench.admit();
    bench.refused();
    bench.settle(first, Outcome::Success);
    bench.settle(third, Outcome::Overload);
    bench.settle(fourth, Outcome::Success);
    assert_eq!(bench.mode(), Mode::HalfOpen, "overload is no success");
    bench.calls(1, Outcome::Success);
    assert_eq!(bench.mode(), Mode::Closed);
}

#[test]
fn one_failed_try_opens_it_for_twice_as_long_and_a_minute_at_most() {
    let mut bench = Bench::new();
    bench.break_down();
    for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
        let pause = bench.refused();
        assert_eq!(pause, Duration::from_secs(seconds));
        bench.now += pause;
        bench.calls(1, Outcome::Failure);
    }
}

#[test]
fn chance_stretches_the_pause_by_half_at_most() {
    let mut now = Instant::now();
    let breaker = Breaker::new(now);
    for _ in 0..20 {
        let permit = breaker.admit(Body::Whole, now, 1.0).expect("closed");
        permit.settle(Outcome::Failure, now, 1.0);
    }
    let pause = breaker.admit(Body::Whole, now, 0.5).expect_err("open");
    assert_eq!(pause, Duration::from_millis(1_500));
    now += pause;
    let permit = breaker.admit(Body::Whole, now, 0.5).expect("half open");
    permit.settle(Outcome::Failure, now, 0.5);
    let pause = breaker.admit(Body::Whole, now, 0.5).expect_err("open");
    assert_eq!(pause, Duration::from_millis(2_500));
}

#[test]
fn a_probe_without_a_verdict_for_ten_seconds_opens_it_again() {
    let mut bench = Bench::new();
    bench.break_down();
    bench.wait(1_000);
    let hanging = bench.admit();
    bench.calls(2, Outcome::Success);
    bench.wait(10_000);
    assert_eq!(bench.refused(), Duration::from_secs(2));
    bench.settle(hanging, Outcome::Success);
    assert_eq!(bench.mode(), Mode::Open, "it comes too late");
}

#[test]
fn the_pause_is_short_again_after_five_good_minutes_only() {
    let mut bench = Bench::new();
    bench.break_down();
    bench.mend();
    bench.wait(299_999);
    bench.break_down();
    assert_eq!(bench.refused(), Duration::from_secs(2));
    bench.mend();
    bench.wait(300_000);
    bench.break_down();
    assert_eq!(bench.refused(), Duration::from_secs(1));
}

#[test]
fn a_call_of_an_earlier_state_has_no_say() {
    let mut bench = Bench::new();
    let mut old: Vec<Permit> = (0..30).map(|_| bench.admit()).collect();
    bench.break_down();
    bench.settle(old.remove(0), Outcome::Success);
    assert_eq!(bench.mode(), Mode::Open);
    bench.wait(1_000);
    let probes = [bench.admit(), bench.admit(), bench.admit()];
    drop(old.remove(0));
    bench.refused();
    bench.settle(old.remove(0), Outcome::Failure);
    assert_eq!(bench.mode(), Mode::HalfOpen);
    for probe in probes {
        bench.settle(probe, Outcome::Success);
    }
    assert_eq!(bench.mode(), Mode::Closed);
    for permit in old {
        bench.settle(permit, Outcome::Failure);
    }
    assert_eq!(bench.mode(), Mode::Closed);
}

#[test]
fn nobody_keeps_it_half_open_with_calls_that_say_nothing() {
    let mut bench = Bench::new();
    bench.break_down();
    bench.wait(1_000);
    // Of what has not arrived as a whole, one takes a place, however long it takes.
    let arrive = |bench: &Bench| bench.breaker.admit(Body::Arriving, bench.now, NO_CHANCE);
    let dripping = arrive(&bench).expect("one is a probe");
    for _ in 0..10 {
        arrive(&bench).expect_err("another one is none");
    }
    bench.wait(60_000);
    // Clients who hang up again and again delay the verdict, and neither open it nor lengthen the pause.
    for _ in 0..20 {
        let left = [bench.admit(), bench.admit()];
        bench.wait(9_000);
        drop(left);
    }
    assert_eq!(bench.mode(), Mode::HalfOpen);
    bench.calls(3, Outcome::Success);
    assert_eq!(bench.mode(), Mode::Closed);
    drop(dripping);
    let all: Vec<_> = (0..10).map(|_| arrive(&bench)).collect();
    assert!(all.iter().all(Result::is_ok), "closed, everything passes");
}

#[test]
fn uploads_alone_close_it_too() {
    let mut bench = Bench::new();
    bench.break_down();
    bench.wait(1_000);
    for _ in 0..3 {
        let upload = bench.breaker.admit(Body::Arriving, bench.now, NO_CHANCE);
        bench.settle(upload.expect("one at a time"), Outcome::Success);
    }
    assert_eq!(bench.mode(), Mode::Closed);
}
