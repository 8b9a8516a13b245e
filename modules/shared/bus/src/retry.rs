//! When to try again.

use chrono::Duration;
use kernel::Env;

/// The step at which pauses after failed connections grow no longer: 3 to 6 s.
const LONGEST: i32 = 5;

/// No next try is put off for longer.
pub(crate) const LONGEST_DELAY: Duration = Duration::seconds(60);

/// How long a loop waits that reaches for a server which may be back at any time, after so many `failures` in
/// a row: up to 200 ms after the first, twice as long after each further one, and 3 to 6 s at most.
pub fn pause(env: &Env, failures: i32) -> std::time::Duration {
    let pause = delay(env, failures.clamp(0, LONGEST));
    pause.to_std().unwrap_or_default()
}

/// Exponential back-off from 200 ms to [`LONGEST_DELAY`] with full jitter on its upper half.
pub(crate) fn delay(env: &Env, attempts: i32) -> Duration {
    let step = u32::try_from(attempts.clamp(0, 9)).unwrap_or(0);
    let ceiling = (200_i64 << step).min(LONGEST_DELAY.num_milliseconds());
    let jitter = i64::from(u16::from_be_bytes(env.bytes::<2>()));
    let half = ceiling / 2;
    Duration::milliseconds(half + half * jitter / i64::from(u16::MAX))
}
