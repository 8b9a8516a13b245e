//! How often a delivery is tried, and when again.

use chrono::{DateTime, Duration, Utc};
use kernel::Env;

use super::record::DeliveryRecord;

/// How often a delivery is tried at least before it has failed.
pub(crate) const LEAST_ATTEMPTS: i32 = 5;
/// How long a delivery is tried: a mail server that is away for a weekend costs no email.
const KEEP_TRYING: Duration = Duration::days(3);
/// How long one process may take for one try; then another takes the delivery up. What a process had
/// claimed when it was killed waits for this long.
pub(crate) const LEASE: Duration = Duration::seconds(60);

/// No wait lasts longer.
pub(crate) const LONGEST_WAIT: Duration = Duration::hours(1);

const FIRST_WAIT_SECONDS: i64 = 30;
const GROWTH: i64 = 4;

/// Whether a delivery whose try has failed for now is tried again. One that an administrator has queued
/// again may be old.
pub(crate) fn may_retry(delivery: &DeliveryRecord, now: DateTime<Utc>) -> bool {
    delivery.attempts < LEAST_ATTEMPTS || now < delivery.created_at + KEEP_TRYING
}

/// Whether no try has come to an end, or not for much longer than it should: sending it may be what ends
/// the process.
pub(crate) fn must_give_up(delivery: &DeliveryRecord, now: DateTime<Utc>) -> bool {
    let overdue = now >= delivery.created_at + KEEP_TRYING + LONGEST_WAIT * 2;
    delivery.attempts > LEAST_ATTEMPTS && (delivery.error.is_none() || overdue)
}

/// The wait after try number `attempts`: half a minute, four times longer each time up to an hour, of
/// which chance takes away up to half.
pub(crate) fn wait(env: &Env, attempts: i32) -> Duration {
    let step = u32::try_from(attempts.saturating_sub(1).clamp(0, LEAST_ATTEMPTS)).unwrap_or(0);
    let longest = FIRST_WAIT_SECONDS * GROWTH.pow(step) * 1000;
    let longest = longest.min(LONGEST_WAIT.num_milliseconds());
    let rng = i64::from(u16::from_be_bytes(env.bytes::<2>()));
    Duration::milliseconds(longest / 2 + longest / 2 * rng / i64::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_wait_lies_between_half_and_all_of_its_step(attempts in 1..LEAST_ATTEMPTS) {
            let env = Env::system();
            let step = u32::try_from(attempts - 1).unwrap();
            let longest = 30 * 4_i64.pow(step);
            let wait = wait(&env, attempts).num_milliseconds();
            prop_assert!(wait >= longest * 500);
            prop_assert!(wait <= longest * 1000);
        }

        #[test]
        fn any_count_gives_a_wait_that_ends(attempts in any::<i32>()) {
            let wait = wait(&Env::system(), attempts);
            prop_assert!(wait > Duration::zero() && wait <= LONGEST_WAIT);
        }
    }
}
