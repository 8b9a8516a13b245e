//! Days in a row: gaps, grace, time zones and the days on which clocks change.

use chrono::{DateTime, Days, NaiveDate, Utc};
use proptest::prelude::*;

use super::{Step, Streak, local_day};

fn day(number: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + Days::new(number)
}

fn after(days: &[u64]) -> Streak {
    days.iter().fold(Streak::default(), |streak, number| {
        streak.touch(day(*number)).0
    })
}

fn utc(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

#[test]
fn days_in_a_row_add_up_and_a_day_counts_once() {
    assert_eq!(after(&[0, 0, 1, 2, 2]).days, 3);
    assert_eq!(after(&[0]).touch(day(0)).1, Step::Same);
}

#[test]
fn one_missed_day_in_seven_is_forgiven() {
    let streak = after(&[0, 2]);
    assert_eq!(streak.days, 2);
    assert_eq!(streak.touch(day(4)).1, Step::Broken(2));
    let later = after(&[0, 2, 3, 4, 5, 6, 7, 9]);
    assert_eq!(later.days, 8, "day 8 lies seven days after day 1");
    let sooner = after(&[0, 2, 3, 4, 5, 6, 8]);
    assert_eq!(sooner.days, 1, "day 7 lies only six days after day 1");
}

#[test]
fn two_missed_days_end_a_streak_and_the_longest_is_kept() {
    let streak = after(&[0, 1, 2, 5]);
    assert_eq!((streak.days, streak.longest), (1, 3));
}

#[test]
fn a_streak_that_can_still_be_saved_is_shown() {
    let streak = after(&[0, 1, 2]);
    assert_eq!(streak.current(day(3)), 3);
    assert_eq!(streak.current(day(4)), 3, "today can use the grace day");
    assert_eq!(streak.current(day(5)), 0);
    assert_eq!(after(&[0, 2]).current(day(4)), 0, "the grace day is used");
}

#[test]
fn the_day_is_that_of_the_learners_zone() {
    let late = utc("2026-03-10T23:30:00Z");
    assert_eq!(local_day(late, "Europe/Rome").to_string(), "2026-03-11");
    assert_eq!(
        local_day(late, "America/New_York").to_string(),
        "2026-03-10"
    );
    assert_eq!(local_day(late, "Nowhere/Else").to_string(), "2026-03-10");
}

#[test]
fn the_short_and_the_long_day_of_a_clock_change_are_one_day_each() {
    for (evening, change, morning) in [
        // Europe/Rome: 29 March 2026 has 23 hours, 25 October has 25.
        (
            "2026-03-28T22:30:00Z",
            "2026-03-29T21:30:00Z",
            "2026-03-29T22:30:00Z",
        ),
        (
            "2026-10-24T21:30:00Z",
            "2026-10-25T22:30:00Z",
            "2026-10-25T23:30:00Z",
        ),
    ] {
        let zone = "Europe/Rome";
        let streak = Streak::default()
            .touch(local_day(utc(evening), zone))
            .0
            .touch(local_day(utc(change), zone))
            .0
            .touch(local_day(utc(morning), zone))
            .0;
        assert_eq!((streak.days, streak.grace_used_on), (3, None));
    }
}

proptest! {
    #[test]
    fn a_streak_is_never_longer_than_the_days_that_made_it(mut days in prop::collection::vec(0..120_u64, 1..80)) {
        let streak = after(&days);
        prop_assert!(streak.days >= 1 && streak.days <= streak.longest);
        days.sort_unstable();
        days.dedup();
        prop_assert!(usize::try_from(streak.longest).unwrap() <= days.len());
        let last = *days.last().unwrap();
        prop_assert!(after(&days).current(day(last)) == after(&days).days);
        prop_assert_eq!(after(&days).current(day(last + 3)), 0);
    }
}
