//! Who may be given a token: one function for every way that ends in one.

use std::time::Duration;

use crate::domain::UserRecord;
use crate::error::Error;

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

    /// The error for a caller who must not learn why.
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

/// What the platform requires of an account before it gets a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Demands {
    /// Whether the address must have been shown to be theirs.
    pub verified_email: bool,
}

/// Refuses while the account of a guessable way has to wait; checked before the secret is.
pub(crate) fn may_try(way: Way, wait: Option<Duration>) -> Result<(), Error> {
    match wait {
        Some(wait) if way.guessable() => Err(Error::Delayed(wait)),
        _ => Ok(()),
    }
}

/// The user who may get a token by `way`. Whoever has shown the secret of the way learns what to
/// do about an account that is disabled or waits for something; one that is gone looks like none.
pub(crate) fn may_issue(
    way: Way,
    account: Option<UserRecord>,
    demands: Demands,
) -> Result<UserRecord, Error> {
    let account = account.filter(|account| account.erased_at.is_none());
    let account = account.ok_or_else(|| way.refusal())?;
    if account.disabled {
        return Err(Error::Disabled);
    }
    if account.deletion_scheduled_at.is_some() {
        return Err(Error::DeletionScheduled);
    }
    if demands.verified_email && account.email_verified_at.is_none() {
        return Err(Error::Unverified);
    }
    // Somebody else may have had the account in their hands, and linked their own identity to it.
    if account.reset_required {
        return Err(Error::ResetRequired);
    }
    Ok(account)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use chrono::DateTime;
    use kernel::{Env, Fault};

    use super::{Demands, Way, may_issue, may_try};
    use crate::domain::UserRecord;

    const STATES: [&str; 7] = [
        "well",
        "locked",
        "disabled",
        "deleted",
        "deletion_scheduled",
        "unverified",
        "reset pending",
    ];

    fn account(state: &str) -> UserRecord {
        let moment = DateTime::UNIX_EPOCH;
        let when = |wanted: &str| (state == wanted).then_some(moment);
        let email = "ada@example.org".to_owned();
        UserRecord {
            email_verified_at: (state != "unverified").then_some(moment),
            disabled: state == "disabled",
            reset_required: state == "reset pending",
            deletion_scheduled_at: when("deletion_scheduled"),
            erased_at: when("deleted"),
            ..UserRecord::new(Env::system().id(), "ada".to_owned(), email, moment)
        }
    }

    fn verdict(way: Way, state: &str, verified_email: bool) -> String {
        let wait = (state == "locked").then_some(Duration::from_secs(3));
        let tried = may_try(way, wait);
        match tried.and_then(|()| may_issue(way, Some(account(state)), Demands { verified_email }))
        {
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
                "auth.too_many_attempts",
                "auth.account_disabled",
                "auth.credentials_invalid",
                "auth.deletion_scheduled",
                "auth.email_unverified",
                "auth.password_reset_required",
            ],
        ),
        (
            Way::SecondFactor,
            [
                "ok",
                "auth.too_many_attempts",
                "auth.account_disabled",
                "auth.mfa_token_invalid",
                "auth.deletion_scheduled",
                "auth.email_unverified",
                "auth.password_reset_required",
            ],
        ),
        (
            Way::Refresh,
            [
                "ok",
                "ok",
                "auth.account_disabled",
                "auth.refresh_token_invalid",
                "auth.deletion_scheduled",
                "auth.email_unverified",
                "auth.password_reset_required",
            ],
        ),
        (
            Way::Provider,
            [
                "ok",
                "ok",
                "auth.account_disabled",
                "auth.sign_in_invalid",
                "auth.deletion_scheduled",
                "auth.email_unverified",
                "auth.password_reset_required",
            ],
        ),
        (
            Way::ApiToken,
            [
                "ok",
                "ok",
                "auth.account_disabled",
                "user.api_token_not_found",
                "auth.deletion_scheduled",
                "auth.email_unverified",
                "auth.password_reset_required",
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
    fn an_unverified_address_matters_only_where_it_is_required() {
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
