//! A learner: who they are, their totals and their streak.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use kernel::UserId;

use super::streak::{Streak, local_day};
use super::totals::Totals;
use super::vacation::Vacation;

/// Something that is or is not so of an account, as the newest event says that was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct AccountFlag {
    pub(crate) is_set: bool,
    /// The number of that event; 0 before the first.
    pub(crate) sequence: i64,
}

impl AccountFlag {
    /// Takes over what the `sequence`th event of the account says, unless a newer one was received.
    pub(crate) fn set(&mut self, is_set: bool, sequence: i64) {
        if sequence >= self.sequence {
            *self = Self { is_set, sequence };
        }
    }
}

/// A user as this module knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Learner {
    pub(crate) id: UserId,
    pub(crate) display_name: Option<String>,
    pub(crate) time_zone: String,
    pub(crate) totals: Totals,
    pub(crate) streak: Streak,
    /// The days that they have set aside, as they announced them.
    pub(crate) vacations: Vec<Vacation>,
    /// Whether they want others to see them on leaderboards.
    pub(crate) visible: bool,
    pub(crate) alias: Option<String>,
    /// Whether their account is disabled.
    pub(crate) locked: AccountFlag,
    /// Whether their account is about to be erased.
    pub(crate) erasing: AccountFlag,
    /// The number of the newest event of the account that was received; 0 before the first.
    pub(crate) sequence: i64,
}

impl Learner {
    /// Somebody of whom nothing is known yet.
    pub(crate) fn new(id: UserId) -> Self {
        Self {
            id,
            display_name: None,
            time_zone: "UTC".to_owned(),
            totals: Totals::default(),
            streak: Streak::default(),
            vacations: Vec::new(),
            visible: true,
            alias: None,
            locked: AccountFlag::default(),
            erasing: AccountFlag::default(),
            sequence: 0,
        }
    }

    /// Takes over name and zone from the `sequence`th event of the account; says whether it was not
    /// older than what is known. Days that are recorded stay where they are.
    pub(crate) fn update(
        &mut self,
        display_name: String,
        time_zone: String,
        sequence: i64,
    ) -> bool {
        if sequence < self.sequence {
            return false;
        }
        self.sequence = sequence;
        self.display_name = Some(display_name);
        let valid = time_zone.parse::<Tz>().is_ok();
        self.time_zone = if valid { time_zone } else { "UTC".to_owned() };
        let streak = self.streak.change_zone(&self.time_zone);
        self.streak = streak.spare(&self.time_zone, &self.vacations);
        true
    }

    /// Sets days aside.
    pub(crate) fn announce(&mut self, vacation: Vacation) {
        self.vacations.push(vacation);
        self.streak = self.streak.spare(&self.time_zone, &self.vacations);
    }

    /// The day on which `moment` falls for them.
    pub(crate) fn day(&self, moment: DateTime<Utc>) -> NaiveDate {
        local_day(moment, &self.time_zone)
    }

    /// Whether others see them on leaderboards.
    pub(crate) fn is_shown(&self) -> bool {
        self.visible && !self.is_barred()
    }

    /// Whether their account is disabled or about to be erased.
    pub(crate) fn is_barred(&self) -> bool {
        self.locked.is_set || self.erasing.is_set
    }

    /// The name on leaderboards.
    pub(crate) fn public_name(&self) -> &str {
        let name = self.alias.as_deref().or(self.display_name.as_deref());
        name.unwrap_or("Learner")
    }
}
