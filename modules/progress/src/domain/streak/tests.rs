//! Days in a row: gaps, grace, all time zones, changes of them, and the days on which clocks change.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use proptest::prelude::*;

use super::{Step, Streak, local_day};

const ROME: &str = "Europe/Rome";

/// Noon of a day in UTC.
fn noon(number: i64) -> DateTime<Utc> {
    utc("2026-01-01T12:00:00Z") + Duration::days(number)
}

fn after(days: &[i64]) -> Streak {
    days.iter().fold(Streak::default(), |streak, number| {
        streak.learn(noon(*number), "UTC").0
    })
}

fn utc(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

#[test]
fn days_in_a_row_add_up_and_a_day_counts_once() {
    assert_eq!(after(&[0, 0, 1, 2, 2]).days, 3);
    let later = noon(0) + Duration::hours(5);
    assert_eq!(after(&[0]).learn(later, "UTC").1, Step::Same);
    assert_eq!(
        after(&[5]).learn(noon(4), "UTC").1,
        Step::Same,
        "it is late"
    );
}

#[test]
fn one_missed_day_in_seven_is_forgiven() {
    let streak = after(&[0, 2]);
    assert_eq!(streak.days, 2);
    assert_eq!(streak.learn(noon(4), "UTC").1, Step::Broken(2));
    let later = after(&[0, 2, 3, 4, 5, 6, 7, 9]);
    assert_eq!(later.days, 8, "day 8 lies seven days after day 1");
    let sooner = after(&[0, 2, 3, 4, 5, 6, 8]);
    assert_eq!(sooner.days, 1, "day 7 lies only six days after day 1");
}

#[test]
fn what_a_clock_that_was_ahead_has_dated_is_active_until_its_day_is_over() {
    let ahead = after(&[0, 3]);
    let (today, step) = ahead.learn(noon(1), "UTC");
    assert_eq!(step, Step::Same, "nothing more can count before then");
    for day in 1..=3 {
        assert!(today.is_active(noon(day), "UTC"), "day {day}");
    }
    assert!(!today.is_active(noon(4), "UTC"));
}

#[test]
fn two_missed_days_end_a_streak_and_the_longest_is_kept() {
    let streak = after(&[0, 1, 2, 5]);
    assert_eq!((streak.days, streak.longest), (1, 3));
}

#[test]
fn a_streak_that_can_still_be_saved_is_shown() {
    let streak = after(&[0, 1, 2]);
    assert_eq!(streak.current(noon(3)), 3);
    assert_eq!(streak.current(noon(4)), 3, "today can use the grace day");
    assert_eq!(streak.current(noon(5)), 0);
    assert_eq!(after(&[0, 2]).current(noon(4)), 0, "the grace day is used");
}

#[test]
fn the_day_is_that_of_the_learners_zone() {
    let late = utc("2026-03-10T23:30:00Z");
    assert_eq!(local_day(late, ROME).to_string(), "2026-03-11");
    assert_eq!(
        local_day(late, "America/New_York").to_string(),
        "2026-03-10"
    );
    assert_eq!(local_day(late, "Nowhere/Else").to_string(), "2026-03-10");
}

#[test]
fn the_short_and_the_long_day_of_a_clock_change_are_one_day_each() {
    for moments in [
        // Europe/Rome: 29 March 2026 has 23 hours, 25 October has 25.
        [
            "2026-03-28T22:30:00Z",
            "2026-03-29T21:30:00Z",
            "2026-03-29T22:30:00Z",
        ],
        [
            "2026-10-24T21:30:00Z",
            "2026-10-25T22:30:00Z",
            "2026-10-25T23:30:00Z",
        ],
    ] {
        let streak = moments.iter().fold(Streak::default(), |streak, moment| {
            streak.learn(utc(moment), ROME).0
        });
        assert_eq!((streak.days, streak.grace_free_at), (3, None));
    }
}

#[test]
fn a_day_that_a_zone_has_skipped_is_not_missed() {
    // Samoa crossed the date line at the end of 29 December 2011: there was no 30 December.
    let zone = "Pacific/Apia";
    let streak = Streak::default().learn(utc("2011-12-29T20:00:00Z"), zone).0;
    let (streak, step) = streak.learn(utc("2011-12-30T20:00:00Z"), zone);
    assert_eq!((step, streak.days), (Step::Extended, 2));
}

#[test]
fn flying_around_the_world_neither_breaks_a_streak_nor_adds_to_it() {
    let home = utc("2026-05-10T21:00:00Z");
    let streak = Streak::default().learn(home, ROME).0;
    // 11:00 on the next day already.
    let there = streak.change_zone("Pacific/Kiritimati");
    assert!(!there.is_active(home, "UTC") || local_day(home, "UTC").to_string() == "2026-05-10");
    let soon = home + Duration::minutes(5);
    assert_eq!(there.learn(soon, "Pacific/Kiritimati").1, Step::Same);
    let back = there.change_zone("Pacific/Honolulu");
    assert_eq!(back.current(soon), 1);
}

/// Learning after so many minutes, or taking a zone after so many.
#[derive(Debug, Clone)]
enum Deed {
    Learn(i64),
    Move(i64, Tz),
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let zone = prop::sample::select(TZ_VARIANTS.to_vec());
    let deed = prop_oneof![
        (1..3000_i64).prop_map(Deed::Learn),
        (0..2000_i64, zone).prop_map(|(minutes, zone)| Deed::Move(minutes, zone)),
    ];
    prop::collection::vec(deed, 1..60)
}

/// Around both clock changes of both hemispheres, and on the days between.
fn beginnings() -> impl Strategy<Value = DateTime<Utc>> {
    (0..525_600_i64).prop_map(|minute| utc("2026-01-01T00:00:00Z") + Duration::minutes(minute))
}

proptest! {
    #[test]
    fn a_streak_is_never_longer_than_the_days_that_made_it(mut days in prop::collection::vec(0..120_i64, 1..80)) {
        days.sort_unstable();
        let streak = after(&days);
        prop_assert!(streak.days >= 1 && streak.days <= streak.longest);
        days.dedup();
        prop_assert!(usize::try_from(streak.longest).unwrap() <= days.len());
        let last = *days.last().unwrap();
        prop_assert_eq!(streak.current(noon(last)), streak.days);
        prop_assert_eq!(streak.current(noon(last + 3)), 0);
    }

    /// In any zone of the database, learning on each local day adds a day, whatever clocks do.
    #[test]
    fn learning_on_each_day_of_a_zone_counts_each_of_them(
        zone in prop::sample::select(TZ_VARIANTS.to_vec()),
        begin in beginnings(),
        count in 2..200_i64,
    ) {
        let mut streak = Streak::default();
        let mut days: Vec<NaiveDate> = Vec::new();
        for hours in 0..count {
            let at = begin + Duration::hours(hours * 11);
            let day = local_day(at, zone.name());
            let step;
            (streak, step) = streak.learn(at, zone.name());
            prop_assert_eq!(step == Step::Extended, days.last() != Some(&day));
            if step == Step::Extended {
                days.push(day);
            }
        }
        prop_assert_eq!(usize::try_from(streak.days).unwrap(), days.len());
        prop_assert_eq!(streak.grace_free_at, None);
    }

    #[test]
    fn changing_the_zone_gains_nothing_loses_nothing_and_makes_no_day_active(
        begin in beginnings(),
        deeds in deeds(),
    ) {
        let (mut now, mut zone) = (begin, Tz::UTC);
        let mut streak = Streak::default();
        let mut learned: Vec<DateTime<Utc>> = Vec::new();
        let mut counted: Option<DateTime<Utc>> = None;
        for deed in deeds {
            match deed {
                Deed::Learn(minutes) => {
                    now += Duration::minutes(minutes);
                    let before = streak.current(now);
                    let step;
                    (streak, step) = streak.learn(now, zone.name());
                    learned.push(now);
                    if step != Step::Same {
                        counted = Some(now);
                    }
                    prop_assert!(streak.current(now) >= before.max(1));
                }
                Deed::Move(minutes, to) => {
                    now += Duration::minutes(minutes);
                    let before = streak;
                    streak = streak.change_zone(to.name());
                    zone = to;
                    prop_assert!(streak.current(now) >= before.current(now), "it is not shortened");
                    prop_assert_eq!(streak.days, before.days, "nothing is gained");
                }
            }
            let today = local_day(now, zone.name());
            let is_today = |at: &DateTime<Utc>| local_day(*at, zone.name()) == today;
            prop_assert_eq!(streak.is_active(now, zone.name()), learned.iter().any(is_today));
        }
        // No two days count within the same day of the zone in which the first of them did, so that there are not more
        // of them than days have passed, and the one that is begun at each end.
        if let (Some(first), Some(last)) = (learned.first(), counted) {
            let passed = (last - *first).num_hours() / 23;
            prop_assert!(i64::from(streak.longest) <= passed + 2);
        }
    }
}
