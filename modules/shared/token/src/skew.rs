//! Logs valid tokens that are refused because of a clock: nothing else shows why logins fail.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};

use crate::jwt::{LEEWAY_SECONDS, MAX_LIFETIME_SECONDS};

/// A line in so many seconds is enough.
const PAUSE: i64 = 60;

/// When the last line was written, in seconds since 1970.
static LOGGED: AtomicI64 = AtomicI64::new(i64::MIN);

/// Logs a token that is refused for its times alone. One that has run out is nothing unusual;
/// one of the future means that a clock is wrong.
pub(crate) fn report(begins: i64, expires: i64, issued: i64, now: DateTime<Utc>) {
    let now = now.timestamp();
    let lifetime = expires.saturating_sub(issued);
    if lifetime > MAX_LIFETIME_SECONDS {
        if is_due(&LOGGED, now) {
            tracing::warn!(
                token.lifetime_seconds = lifetime,
                "an access token with a lifetime longer than permitted was rejected: the process that issued it has another version"
            );
        }
        return;
    }
    let ahead = begins.saturating_sub(now);
    if ahead <= i64::try_from(LEEWAY_SECONDS).unwrap_or(0) {
        let ago = now.saturating_sub(expires);
        tracing::debug!(
            token.expired_seconds_ago = ago,
            "an access token has expired"
        );
        return;
    }
    if is_due(&LOGGED, now) {
        tracing::warn!(
            clock.ahead_seconds = ahead,
            "an access token from the future was rejected: the clock of the process that issued it is ahead of the clock of this one; synchronize all hosts with NTP"
        );
    }
}

fn is_due(logged: &AtomicI64, now: i64) -> bool {
    let last = logged.load(Ordering::Relaxed);
    let due = now.saturating_sub(last) >= PAUSE || now < last;
    // Of several threads that see it at once, one logs it.
    due && logged
        .compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed)
        .is_ok()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicI64;

    use super::is_due;

    #[test]
    fn a_refusal_for_the_time_is_logged_once_a_minute_whatever_the_clock_does() {
        let logged = AtomicI64::new(i64::MIN);
        let due = [0, 1, 59, 60, 61, -600, -599].map(|now| is_due(&logged, now));
        assert_eq!(due, [true, false, false, true, false, true, false]);
    }
}
