//! Growing delays after failed tries, in lanes that are kept in the database; never a lock.
//!
//! A lane counts the tries of one caller at one name, and a wider one those of all strangers at it,
//! so that nobody who guesses elsewhere makes the owner wait where they logged in before. Lanes go
//! by the name that was typed: what is answered for one name reveals nothing of another.

use chrono::{DateTime, Duration, Utc};
use database::Transaction;
use kernel::{ExposeSecret, SecretString, SessionId, UserId, text};

use super::store::{self, Delay};
use crate::domain::{UserRecord, email_address, lately};
use crate::error::Error;
use crate::sealing::digits;
use crate::sessions::{Known, Origin};

/// How long a wait that has passed still counts.
const RECORD: Duration = Duration::days(1);
/// How many steps the wait doubles.
const STEPS: i64 = 7;
const LONGEST: Duration = Duration::seconds(60);

/// What a lane puts up with.
#[derive(Debug, Clone, Copy)]
struct Bound {
    /// So many failures are free.
    free: i64,
    /// How fast failures are forgotten: one in this time since the last try.
    forgets: Duration,
}

/// A user mistypes.
const ONE_CALLER: Bound = Bound {
    free: 5,
    forgets: Duration::seconds(60),
};
/// Forgets faster than one caller can fill it, so that it takes several who guess at once to make a
/// caller wait who has not.
const ALL_STRANGERS: Bound = Bound {
    free: 20,
    forgets: Duration::seconds(30),
};

/// A code has six digits, and a stranger who gets to guess them knows the password.
const ALL_WITH_THE_PASSWORD: Bound = Bound {
    free: 10,
    forgets: Duration::seconds(120),
};

/// A count of failures.
#[derive(Debug, Clone)]
pub(crate) struct Lane {
    pub key: String,
    /// Whether nobody else has a part in it, so that a success clears it.
    pub own: bool,
    bound: Bound,
}

impl Lane {
    fn of_one(key: String) -> Self {
        Self {
            key,
            own: true,
            bound: ONE_CALLER,
        }
    }

    fn shared(key: String, bound: Bound) -> Self {
        Self {
            key,
            own: false,
            bound,
        }
    }

    /// The delay after one more failure: 1 s, 2 s, 4 s … after those that are free.
    pub(crate) fn after_failure(&self, delay: &Delay, now: DateTime<Utc>) -> Delay {
        let last_try = delay.not_before - self.wait(delay.failures);
        let forgotten = (now - last_try).num_seconds() / self.bound.forgets.num_seconds();
        let failures = (delay.failures - forgotten.max(0)).max(0) + 1;
        let failures = failures.min(self.bound.free + STEPS);
        Delay {
            failures,
            not_before: now + self.wait(failures),
        }
    }

    /// How long the next try must wait, if it must. A clock that was ahead when it counted makes
    /// nobody wait: by ours, that wait would last for as long as the other was ahead.
    pub(crate) fn remaining(
        &self,
        delay: Option<&Delay>,
        now: DateTime<Utc>,
    ) -> Option<std::time::Duration> {
        let delay = delay?;
        let (wait, ahead) = (self.wait(delay.failures), delay.not_before - now);
        if ahead > wait + lately::leeway() {
            return None;
        }
        let wait = ahead.min(wait);
        wait.to_std().ok().filter(|wait| !wait.is_zero())
    }

    fn wait(&self, failures: i64) -> Duration {
        match (failures - self.bound.free).clamp(0, STEPS) {
            0 => Duration::zero(),
            step => Duration::seconds(1 << (step - 1)).min(LONGEST),
        }
    }
}

/// What all lanes of an account begin with.
fn account_prefix(user: UserId) -> String {
    format!("id {} ", user.uuid())
}

/// What all lanes of a name begin with that no account has.
fn name_prefix(folded: &str) -> String {
    format!("login {} ", digits(folded))
}

/// The lanes of a password that is tried at a name, of the account `user` if there is one.
pub(crate) fn lanes_of_password(user: Option<UserId>, folded: &str, origin: &Origin) -> Vec<Lane> {
    let name = match user {
        Some(user) if folded.contains('@') => format!("{}email ", account_prefix(user)),
        Some(user) => format!("{}username ", account_prefix(user)),
        None => name_prefix(folded),
    };
    lanes(user, &name, origin, ALL_STRANGERS)
}

/// The lanes of a code of the second factor, after the password.
pub(crate) fn lanes_of_code(user: UserId, origin: &Origin) -> Vec<Lane> {
    let name = format!("{}code ", account_prefix(user));
    lanes(Some(user), &name, origin, ALL_WITH_THE_PASSWORD)
}

/// The lane of somebody who is logged in.
pub(crate) fn lanes_of_session(user: UserId, session: SessionId) -> Vec<Lane> {
    let prefix = account_prefix(user);
    vec![Lane::of_one(format!("{prefix}session {}", session.uuid()))]
}

/// The lane of who has opened the link of an email.
pub(crate) fn lanes_of_link(token: &SecretString) -> Vec<Lane> {
    let link = digits(token.expose_secret());
    vec![Lane::of_one(format!("link {link}"))]
}

/// They are locked in the order given, the narrow one first.
fn lanes(user: Option<UserId>, name: &str, origin: &Origin, all_strangers: Bound) -> Vec<Lane> {
    let caller = Lane::shared(format!("{name}from {}", origin.network), ONE_CALLER);
    match (origin.known, user) {
        (Known::Device(device), Some(user)) => {
            let prefix = account_prefix(user);
            vec![Lane::of_one(format!("{prefix}device {}", device.uuid()))]
        }
        (Known::Network, _) => vec![caller],
        (Known::No | Known::Device(_), _) => {
            let strangers = Lane::shared(format!("{name}strangers"), all_strangers);
            vec![caller, strangers]
        }
    }
}

/// Forgets the failures at all names of a user.
pub(crate) async fn delete_of(txn: &Transaction, account: &UserRecord) -> Result<(), Error> {
    let lanes = [
        account_prefix(account.id),
        name_prefix(&text::fold(&account.username)),
        name_prefix(&email_address::key(&account.email)),
    ];
    for prefix in lanes {
        store::delete_all(txn, &prefix).await?;
    }
    Ok(())
}

/// Forgets the waits that have long passed; returns how many.
pub(crate) async fn sweep(txn: &Transaction, now: DateTime<Utc>) -> Result<u64, Error> {
    store::forget_before(txn, now - RECORD).await
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Duration, Utc};

    use super::super::store::Delay;
    use super::{ALL_STRANGERS, Lane};

    fn none(now: DateTime<Utc>) -> Delay {
        Delay {
            failures: 0,
            not_before: now,
        }
    }

    #[test]
    fn five_failures_are_free_and_then_the_wait_doubles_up_to_a_minute() {
        let now = DateTime::UNIX_EPOCH;
        let lane = Lane::of_one("x".to_owned());
        let mut delay = none(now);
        let mut waits = Vec::new();
        for _ in 0..14 {
            delay = lane.after_failure(&delay, now);
            waits.push(
                lane.remaining(Some(&delay), now)
                    .map_or(0, |wait| wait.as_secs()),
            );
        }
        assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    /// How many tries a lane lets through in an hour to who takes every one of them.
    fn in_an_hour(lane: &Lane) -> usize {
        let begin = DateTime::UNIX_EPOCH;
        let (mut now, mut delay, mut tries) = (begin, none(begin), 0);
        while now < begin + Duration::hours(1) {
            delay = lane.after_failure(&delay, now);
            tries += 1;
            now = delay.not_before.max(now);
        }
        tries
    }

    #[test]
    fn a_lane_lets_through_a_bounded_number_of_tries_however_patient_one_is() {
        let one = in_an_hour(&Lane::of_one("x".to_owned()));
        assert!((60..=80).contains(&one), "{one}");
        let strangers = in_an_hour(&Lane::shared("x".to_owned(), ALL_STRANGERS));
        assert!((100..=160).contains(&strangers), "{strangers}");
    }

    #[test]
    fn what_one_caller_can_do_never_makes_another_stranger_wait() {
        let begin = DateTime::UNIX_EPOCH;
        let (caller, strangers) = (
            Lane::of_one("x".to_owned()),
            Lane::shared("y".to_owned(), ALL_STRANGERS),
        );
        let (mut now, mut own, mut all) = (begin, none(begin), none(begin));
        while now < begin + Duration::hours(24) {
            own = caller.after_failure(&own, now);
            all = strangers.after_failure(&all, now);
            assert_eq!(
                strangers.remaining(Some(&all), now),
                None,
                "after {:?}",
                now - begin
            );
            now = own.not_before.max(now);
        }
    }

    #[test]
    fn a_clock_that_was_ahead_makes_nobody_wait_for_longer_than_their_failures_do() {
        // A little ahead, as clocks of two machines are: the wait of the failures. Far ahead: none,
        // because by this clock it would not end.
        let now = DateTime::UNIX_EPOCH;
        let lane = Lane::of_one("x".to_owned());
        let mut delay = none(now + Duration::seconds(20));
        assert_eq!(lane.remaining(Some(&delay), now), None);
        delay.failures = 7;
        let wait = lane.remaining(Some(&delay), now).map(|wait| wait.as_secs());
        assert_eq!(wait, Some(2));
        delay.not_before = now + Duration::days(1);
        assert_eq!(lane.remaining(Some(&delay), now), None);
        let next = lane.after_failure(&delay, now);
        assert!(next.failures > 7 && next.not_before < now + Duration::minutes(1));
    }

    #[test]
    fn failures_are_forgotten_one_a_minute() {
        let begin = DateTime::UNIX_EPOCH;
        let lane = Lane::of_one("x".to_owned());
        let mut delay = none(begin);
        for _ in 0..12 {
            delay = lane.after_failure(&delay, begin);
        }
        assert_eq!(delay.failures, 12);
        let later = begin + Duration::minutes(8);
        assert_eq!(lane.after_failure(&delay, later).failures, 5);
        let much_later = begin + Duration::minutes(60);
        assert_eq!(lane.after_failure(&delay, much_later).failures, 1);
    }
}
