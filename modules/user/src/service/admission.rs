//! Who may be given a token: one function for every way that ends in one.

use std::time::Duration;

use crate::Error;
use crate::store::people::Person;

/// A way that ends in a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// A name and a password.
    Password,
    /// The second factor after the password, or once more before a sensitive change.
    SecondFactor,
    /// A refresh token.
    Refresh,
    /// A sign-in at another provider.
    Provider,
    /// A token for programs.
    ApiToken,
}

impl Way {
    /// Whether its secret is short enough to be guessed, so that failures slow the next try down.
    /// The other ways hold 256 random bits, and their owner gets in while somebody guesses.
    pub(crate) fn guessable(self) -> bool {
        matches!(self, Self::Password | Self::SecondFactor)
    }

    /// What a caller is told who must not learn why.
    fn refusal(self) -> Error {
        match self {
            Self::Password => Error::WrongCredentials,
            Self::SecondFactor => Error::ChallengeRefused,
            Self::Refresh => Error::RefreshRefused,
            Self::Provider => Error::ProviderRefused,
            Self::ApiToken => Error::NoApiToken,
        }
    }
}

/// What the platform asks of an account before it gets a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Demands {
    /// Whether the address must have been shown to be theirs.
    pub verified_email: bool,
}

/// Refuses while the account of a guessable way has to wait; asked before the secret is looked at.
pub(crate) fn may_try(way: Way, wait: Option<Duration>) -> Result<(), Error> {
    match wait {
        Some(wait) if way.guessable() => Err(Error::Delayed(wait)),
        _ => Ok(()),
    }
}

/// The person who may get a token by `way`. Whoever has shown the secret of the way is told what to
/// do about an account that is shut out or waits for something; one that is gone looks like none.
pub(crate) fn may_issue(
    way: Way,
    person: Option<Person>,
    demands: Demands,
) -> Result<Person, Error> {
    let person = person.filter(|person| person.erased_at.is_none());
    let person = person.ok_or_else(|| way.refusal())?;
    if person.disabled {
        return Err(Error::Disabled);
    }
    if person.frozen_at.is_some() {
        return Err(Error::Frozen);
    }
    if demands.verified_email && person.email_verified_at.is_none() {
        return Err(Error::Unverified);
    }
    // Somebody else may have had the account in their hands, and linked their own identity to it.
    if person.reset_required {
        return Err(Error::ResetRequired);
    }
    Ok(person)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::DateTime;
    use kernel::{Ambient, Fault};

    use super::{Demands, Way, may_issue, may_try};
    use crate::store::people::Person;

    const STATES: [&str; 7] = [
        "well",
        "locked",
        "disabled",
        "deleted",
        "frozen",
        "unverified",
        "reset pending",
    ];

    fn person(state: &str) -> Person {
        let moment = DateTime::UNIX_EPOCH;
        let when = |wanted: &str| (state == wanted).then_some(moment);
        let email = "ada@example.org".to_owned();
        Person {
            email_verified_at: (state != "unverified").then_some(moment),
            disabled: state == "disabled",
            reset_required: state == "reset pending",
            frozen_at: when("frozen"),
            erased_at: when("deleted"),
            ..Person::new(Ambient::system().id(), "ada".to_owned(), email, moment)
        }
    }

    fn verdict(way: Way, state: &str, verified_email: bool) -> String {
        let wait = (state == "locked").then_some(Duration::from_secs(3));
        let tried = may_try(way, wait);
        match tried.and_then(|()| may_issue(way, Some(person(state)), Demands { verified_email })) {
            Ok(_) => "ok".to_owned(),
            Err(error) => error.code().to_owned(),
        }
    }

    /// Each way against each state, in the order of `STATES`.
    const TABLE: [(Way, [&str; 7]); 5] = [
        (
            Way::Password,
            [
                "ok",
                "auth.delayed",
                "auth.disabled",
                "auth.wrong_credentials",
                "auth.frozen",
                "auth.unverified",
                "auth.reset_required",
            ],
        ),
        (
            Way::SecondFactor,
            [
                "ok",
                "auth.delayed",
                "auth.disabled",
                "auth.challenge_refused",
                "auth.frozen",
                "auth.unverified",
                "auth.reset_required",
            ],
        ),
        (
            Way::Refresh,
            [
                "ok",
                "ok",
                "auth.disabled",
                "auth.refresh_refused",
                "auth.frozen",
                "auth.unverified",
                "auth.reset_required",
            ],
        ),
        (
            Way::Provider,
            [
                "ok",
                "ok",
                "auth.disabled",
                "auth.provider_refused",
                "auth.frozen",
                "auth.unverified",
                "auth.reset_required",
            ],
        ),
        (
            Way::ApiToken,
            [
                "ok",
                "ok",
                "auth.disabled",
                "auth.api_token_not_found",
                "auth.frozen",
                "auth.unverified",
                "auth.reset_required",
            ],
        ),
    ];

    #[test]
    fn every_way_gives_its_verdict_on_every_state() {
        for (way, expected) in TABLE {
            let verdicts = STATES.map(|state| verdict(way, state, true));
            assert_eq!(verdicts, expected, "{way:?}");
        }
    }

    #[test]
    fn an_unverified_address_matters_only_where_it_is_asked_for() {
        for (way, _) in TABLE {
            assert_eq!(verdict(way, "unverified", false), "ok", "{way:?}");
        }
    }

    #[test]
    fn nobody_gets_nothing_by_any_way() {
        let demands = Demands {
            verified_email: false,
        };
        for (way, expected) in TABLE {
            let refused = may_issue(way, None, demands).expect_err("nobody");
            assert_eq!(refused.code(), expected[3], "as an account that is gone");
        }
    }
}
