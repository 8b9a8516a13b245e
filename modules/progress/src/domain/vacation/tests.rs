//! Vacations keep a streak, in every zone, and no more of them than there may be.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use proptest::prelude::*;

use super::*;
use crate::domain::Streak;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn vacation(from: &str, to: &str) -> Vacation {
    Vacation {
        from: day(from),
        to: day(to),
        facts: 0,
        sequence: 0,
    }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

#[test]
fn a_vacation_is_announced_before_it_begins_anywhere() {
    let now = at("2026-03-01T09:59:00Z");
    let check = |from: &str, to: &str| check(&[], &vacation(from, to), now);
    assert_eq!(check("2026-03-02", "2026-03-02"), Ok(()));
    assert_eq!(
        check("2026-03-01", "2026-03-05"),
        Err(VacationRefusal::Begun)
    );
    // In Kiritimati it is the next day already.
    let later = now + TimeDelta::minutes(1);
    let begun = super::check(&[], &vacation("2026-03-02", "2026-03-02"), later);
    assert_eq!(begun, Err(VacationRefusal::Begun));
    assert_eq!(
        check("2026-04-02", "2026-04-01"),
        Err(VacationRefusal::EndsBeforeItBegins)
    );
    assert_eq!(
        check("2027-03-01", "2027-03-04"),
        Err(VacationRefusal::TooFarAhead)
    );
}

#[test]
fn a_year_has_at_most_thirty_vacation_days_and_days_that_overlap_count_once() {
    let now = at("2026-03-01T00:00:00Z");
    let taken = [vacation("2026-07-01", "2026-07-20")];
    let check = |from: &str, to: &str| check(&taken, &vacation(from, to), now);
    assert_eq!(check("2026-07-11", "2026-07-30"), Ok(()));
    assert_eq!(
        check("2026-07-11", "2026-07-31"),
        Err(VacationRefusal::TooManyDays { year: 2026 })
    );
    assert_eq!(
        check("2026-07-05", "2026-07-09"),
        Err(VacationRefusal::NothingNew)
    );
    // Each year has its own days.
    assert_eq!(check("2026-12-22", "2027-01-30"), Ok(()));
    assert_eq!(
        check("2026-12-22", "2027-01-31"),
        Err(VacationRefusal::TooManyDays { year: 2027 })
    );
}

#[test]
fn who_is_on_vacation_goes_on_with_their_streak_and_has_the_grace_day_still() {
    let holidays = [vacation("2026-03-03", "2026-03-09")];
    let (streak, _) = Streak::default().learn(at("2026-03-02T12:00:00Z"), "UTC");
    let streak = streak.spare("UTC", &holidays);
    assert_eq!(streak.current(at("2026-03-10T23:59:59Z")), 1);
    let (back, _) = streak.learn(at("2026-03-10T12:00:00Z"), "UTC");
    assert_eq!(back.days, 2);
    assert!(back.grace_free(at("2026-03-10T12:00:00Z")));
    // The day after the vacation is missed, which the grace day forgives.
    let (back, _) = streak.learn(at("2026-03-11T12:00:00Z"), "UTC");
    assert_eq!(back.days, 2);
    assert!(!back.grace_free(at("2026-03-11T12:00:00Z")));
    let (back, _) = streak.learn(at("2026-03-12T12:00:00Z"), "UTC");
    assert_eq!(back.days, 1);
    // Learning on vacation counts as on any other day.
    let (back, _) = streak.learn(at("2026-03-05T12:00:00Z"), "UTC");
    let back = back.spare("UTC", &holidays);
    assert_eq!(
        (back.days, back.current(at("2026-03-10T12:00:00Z"))),
        (2, 2)
    );
}

fn any_zone() -> impl Strategy<Value = Tz> {
    (0..TZ_VARIANTS.len()).prop_map(|index| TZ_VARIANTS[index])
}

proptest! {
    #[test]
    fn in_every_zone_a_vacation_keeps_a_streak_as_long_as_it_lasts_and_never_shortens_one(
        zone in any_zone(),
        other in any_zone(),
        begins in 0_i64..40_000_000,
        days in 1_u64..30,
        hour in 0_i64..24,
    ) {
        let learned = at("2026-01-01T00:00:00Z") + TimeDelta::seconds(begins);
        let (streak, _) = Streak::default().learn(learned, zone.name());
        let today = learned.with_timezone(&zone).date_naive();
        let holidays = [Vacation {
            from: today.checked_add_days(Days::new(1)).unwrap(),
            to: today.checked_add_days(Days::new(days)).unwrap(),
            facts: 1,
            sequence: 0,
        }];
        let spared = streak.spare(zone.name(), &holidays);
        prop_assert!(spared.alive_until >= streak.alive_until);
        prop_assert!(spared.grace_until >= streak.grace_until);
        // Each moment of the vacation, and of the day after it.
        let end = learned + TimeDelta::days(i64::try_from(days).unwrap()) - TimeDelta::hours(2);
        let moment = (learned + TimeDelta::hours(hour + 1)).max(end - TimeDelta::hours(hour));
        prop_assert_eq!(spared.current(moment), 1);
        // Neither does another zone shorten it, and sparing twice changes nothing.
        let moved = spared.change_zone(other.name()).spare(other.name(), &holidays);
        prop_assert!(moved.alive_until >= spared.alive_until);
        prop_assert_eq!(spared.spare(zone.name(), &holidays), spared);
        prop_assert_eq!(streak.spare(zone.name(), &[]), streak);
    }
}
