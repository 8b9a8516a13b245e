//! A growing delay after failed logins, per account and kept in the database; never a lock.

use chrono::{DateTime, Duration, Utc};
use kernel::UserId;

use crate::store::delays::Delay;

/// So many failures are free: a person mistypes.
const FREE_FAILURES: i64 = 5;
const LONGEST: Duration = Duration::seconds(60);

/// What failures are counted by: the account, so that its name and its address share one budget;
/// the words of the login when there is no such account.
pub(crate) fn account_key(known: Option<UserId>, folded: &str) -> String {
    match known {
        Some(id) => format!("id {}", id.uuid()),
        None => format!("login {folded}"),
    }
}

/// How long the next try must wait, if it must.
pub(crate) fn remaining(delay: Option<&Delay>, now: DateTime<Utc>) -> Option<std::time::Duration> {
    let wait = delay?.not_before - now;
    wait.to_std().ok().filter(|wait| !wait.is_zero())
}

/// The delay after one more failure: 1 s, 2 s, 4 s … from the sixth on.
pub(crate) fn after_failure(delay: Option<&Delay>, now: DateTime<Utc>) -> Delay {
    let failures = delay.map_or(0, |delay| delay.failures) + 1;
    let beyond = (failures - FREE_FAILURES).clamp(0, 7);
    let wait = match beyond {
        0 => Duration::zero(),
        step => Duration::seconds(1 << (step - 1)).min(LONGEST),
    };
    Delay {
        failures,
        not_before: now + wait,
    }
}

#[cfg(test)]
mod tests {
    use super::{after_failure, remaining};
    use chrono::DateTime;

    #[test]
    fn five_failures_are_free_and_then_the_wait_doubles_up_to_a_minute() {
        let now = DateTime::UNIX_EPOCH;
        let mut delay = None;
        let mut waits = Vec::new();
        for _ in 0..14 {
            delay = Some(after_failure(delay.as_ref(), now));
            waits.push(remaining(delay.as_ref(), now).map_or(0, |wait| wait.as_secs()));
        }
        assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }
}
